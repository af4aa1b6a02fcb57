#include "mqtt/auth/acl_filter.hpp"

namespace mqtt {
namespace {

constexpr std::string_view username_mark = "%u";
constexpr std::string_view client_id_mark = "%c";

acl_filter opened(std::string_view rule, const acl_names* names) {
    return names == nullptr ? acl_filter(rule) : acl_filter(rule, *names);
}

// Whether the rule may be about topics that begin with '$', and only about those; it is the rule's
// text that says so. False in `alive`: a name made it begin with '$', and it is about nothing.
struct reach {
    bool reserved;
    bool alive;
};

reach reach_of(std::string_view rule, const acl_filter& opened) {
    const bool reserved = rule.starts_with('$');
    const bool looks_reserved = !opened.at_end() && opened.front() == '$';
    return {reserved, reserved == looks_reserved};
}

// '#' matches the parent level, too, but no topic name is empty: these say the same, and then
// their levels can be compared one by one.
std::string_view spelled_out(std::string_view filter) {
    if (filter == "#")
        return "+/#";
    return filter == "/#" ? "/+/#" : filter;
}

} // namespace

std::uint8_t acl_placeholders(std::string_view filter) {
    std::uint8_t wanted = 0;
    if (filter.find(username_mark) != filter.npos)
        wanted |= acl_wants_username;
    if (filter.find(client_id_mark) != filter.npos)
        wanted |= acl_wants_client_id;
    return wanted;
}

void acl_filter::settle() {
    while (name_.empty() && rest_.starts_with('%')) {
        if (rest_.starts_with(username_mark))
            name_ = names_->username;
        else if (rest_.starts_with(client_id_mark))
            name_ = names_->client_id;
        else
            return;
        rest_.remove_prefix(username_mark.size());
    }
}

bool acl_matches(std::string_view rule, const acl_names* names, std::string_view topic) {
    auto ours = opened(rule, names);
    const auto [reserved, alive] = reach_of(rule, ours);
    if (!alive || topic.empty() || reserved != topic.starts_with('$'))
        return false;
    std::size_t at = 0;
    for (;;) {
        if (ours.at_wildcard('#'))
            return true;
        if (ours.at_wildcard('+')) {
            at = topic.find('/', at);
            if (at == topic.npos)
                at = topic.size();
            ours.advance();
            continue;
        }
        if (at == topic.size())
            return ours.at_end() || ours.at_optional_rest();
        if (ours.at_end() || ours.front() != topic[at])
            return false;
        ours.advance();
        ++at;
    }
}

// Both go from level to level together, so a '+' on one side is met at the start of a level of the
// other. A wildcard takes a level even where the other side is at its end: that level is empty.
bool acl_overlaps(std::string_view rule, const acl_names* names, std::string_view filter) {
    auto ours = opened(spelled_out(rule), names);
    acl_filter theirs(spelled_out(filter));
    const auto [reserved, alive] = reach_of(rule, ours);
    if (!alive || filter.empty() || reserved != filter.starts_with('$'))
        return false;
    for (;;) {
        if (ours.at_wildcard('#') || theirs.at_wildcard('#'))
            return true;
        if (ours.at_wildcard('+')) {
            theirs.skip_level();
            ours.advance();
        } else if (theirs.at_wildcard('+')) {
            ours.skip_level();
            theirs.advance();
        } else if (ours.at_end() || theirs.at_end()) {
            return (ours.at_end() || ours.at_optional_rest()) &&
                   (theirs.at_end() || theirs.at_optional_rest());
        } else if (ours.front() != theirs.front()) {
            return false;
        } else {
            ours.advance();
            theirs.advance();
        }
    }
}

bool acl_covers(std::string_view rule, const acl_names* names, std::string_view filter) {
    auto ours = opened(spelled_out(rule), names);
    acl_filter theirs(spelled_out(filter));
    const auto [reserved, alive] = reach_of(rule, ours);
    if (!alive || filter.empty() || reserved != filter.starts_with('$'))
        return false;
    for (;;) {
        if (ours.at_wildcard('#'))
            return true;
        if (theirs.at_wildcard('#'))
            return false; // there are topics with more levels than the rule has
        if (ours.at_wildcard('+')) {
            theirs.skip_level();
            ours.advance();
        } else if (theirs.at_wildcard('+')) {
            return false;
        } else if (theirs.at_end()) {
            return ours.at_end() || ours.at_optional_rest();
        } else if (ours.at_end() || ours.front() != theirs.front()) {
            return false;
        } else {
            ours.advance();
            theirs.advance();
        }
    }
}

} // namespace mqtt
