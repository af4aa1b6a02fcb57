// Who may do what with which topics, as mosquitto's access files say it. Closed: what no rule
// grants is denied, and a denial that speaks for a topic wins over every grant. Never changes after
// it was made, so any thread may ask.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/auth/acl_filter.hpp"
#include "mqtt/auth/identity.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mqtt {

enum class acl_access : std::uint8_t { read = 1, write = 2, readwrite = 3, deny = 4 };

// A rule that comes from elsewhere, a token for example; no '%' in it means anything.
struct acl_grant {
    acl_access access = acl_access::read;
    std::string filter;
};

inline constexpr std::size_t acl_grants_max = 10'000;

struct acl_reading; // acl_file.hpp

// To publish takes write, to be sent a message takes read. A subscription takes a rule with read
// that some topic of its filter matches, and no denial that takes all of them; then each message is
// asked about once more.
class acl_rules {
public:
    static acl_reading read(const std::string& path);
    static acl_reading read_text(std::string_view text);

    // Rules for whoever holds them; null when one is not well-formed, or there are too many.
    static std::shared_ptr<const acl_rules> of(std::span<const acl_grant> grants);

    acl_rules(const acl_rules&) = delete;
    acl_rules& operator=(const acl_rules&) = delete;

    struct ruling {
        bool allowed = false;
        unsigned line = 0; // of the rule that decides; 0: it stands in no file, or there is none
        std::string rule;  // its text; empty: no rule speaks for the topic
    };

    // Allocates nothing. thread: any
    bool allows(const identity& who, operation what, std::string_view topic) const {
        const auto* decisive = deciding(who, what, topic);
        return decisive != nullptr && decisive->access != acl_access::deny;
    }
    // The same answer with its reason.
    ruling judge(const identity& who, operation what, std::string_view topic) const;

    // Those that are about the identity, at most so many, in the order of their lines.
    std::vector<rule_text> about(const identity& who, std::size_t most) const;

    std::size_t size() const { return rules_.size(); }

private:
    struct reader; // acl_file.cpp

    struct rule {
        std::string_view filter;     // in text_
        std::uint32_t line;          // 0: of no file
        std::uint32_t holder;        // whose it is, see holders_
        std::uint32_t literal_bytes; // of the levels at its front that mean only themselves
        std::uint8_t literal_levels;
        acl_access access;
        std::uint8_t wanted; // names; 0 in a topic line
        bool is_pattern;

        std::string_view literal() const { return filter.substr(0, literal_bytes); }
        std::string text() const; // as a line of a file says it
    };
    // The rules of somebody: a part of rules_, sorted by what they begin with.
    struct part {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        std::uint8_t literal_levels = 0; // the most that one of them has
    };
    struct question;

    static constexpr std::uint32_t everybody = 0;
    static constexpr std::uint32_t anonymous = 1;

    explicit acl_rules(std::string text) : text_(std::move(text)), parts_(2) {}

    // requires: filter stands in text_ and is well-formed
    void add(std::uint32_t holder, acl_access access, std::string_view filter, bool is_pattern,
             std::uint32_t line);
    void sort();

    // The denial or the grant that says it; null: none does, which denies.
    const rule* deciding(const identity& who, operation what, std::string_view topic) const;
    std::uint32_t holder_of(const identity& who) const;
    void ask_front(const part& whose, question& asked) const;
    void ask_behind(const part& whose, question& asked) const;

    const std::string text_; // what the rules and the names point into
    std::vector<rule> rules_;
    std::vector<part> parts_;                                     // by holder
    std::unordered_map<std::string_view, std::uint32_t> holders_; // of the users with a name
};

} // namespace mqtt
