// The filter of an access rule with the names of a client put in, held against a topic name or
// against another filter. Nothing is built for that: the names are read where they would stand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mqtt {

// What stands for %u and %c.
struct acl_names {
    std::string_view username;
    std::string_view client_id;
};

// Which of them a filter wants.
inline constexpr std::uint8_t acl_wants_username = 1;
inline constexpr std::uint8_t acl_wants_client_id = 2;
std::uint8_t acl_placeholders(std::string_view filter);

// Reads a filter from the front. Without `filled` it stands for itself: no '%' means anything.
class acl_filter {
public:
    explicit acl_filter(std::string_view filter) : rest_(filter) {}
    acl_filter(std::string_view filter, const acl_names& names) : rest_(filter), names_(&names) {
        settle();
    }

    bool at_end() const { return rest_.empty() && name_.empty(); }
    // requires: not at_end()
    char front() const { return name_.empty() ? rest_.front() : name_.front(); }
    // A wildcard of the filter itself; in a name '+' and '#' are letters like others.
    bool at_wildcard(char which) const {
        return name_.empty() && !rest_.empty() && rest_.front() == which;
    }
    // requires: not at_end()
    void advance() {
        if (name_.empty())
            rest_.remove_prefix(1);
        else
            name_.remove_prefix(1);
        if (names_ != nullptr)
            settle();
    }
    // The rest is "/#", which matches the parent level, too. MQTT 5 section 4.7.1.2
    bool at_optional_rest() const { return name_.empty() && rest_ == "/#"; }

    // To the end of this level.
    void skip_level() {
        while (!at_end() && front() != '/')
            advance();
    }

private:
    void settle(); // into the name, where a placeholder comes next

    std::string_view rest_;
    std::string_view name_; // what is left of the name that is being read
    const acl_names* names_ = nullptr;
};

// In each of these `rule` is a filter as it stands in a rule, and names null where '%' means
// nothing in it. A filter that does not begin with '$' has nothing to do with topics that do, even
// where the name at its front does [MQTT-4.7.2-1]. None of them allocates or recurses.
// requires: the names that the rule wants hold no wildcard, as then no topic holds them

// Whether the rule speaks for a topic name.
bool acl_matches(std::string_view rule, const acl_names* names, std::string_view topic);

// Whether there is a topic name that both match.
bool acl_overlaps(std::string_view rule, const acl_names* names, std::string_view filter);

// Whether the rule matches every topic name that the filter matches.
bool acl_covers(std::string_view rule, const acl_names* names, std::string_view filter);

} // namespace mqtt
