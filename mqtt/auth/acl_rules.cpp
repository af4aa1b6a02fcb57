#include "mqtt/auth/acl_rules.hpp"

#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"

#include <algorithm>
#include <optional>

namespace mqtt {
namespace {

// So few are asked one after the other; looking for those that count would take longer.
constexpr std::uint32_t rules_in_a_row_max = 8;

std::string_view name_of(acl_access access) {
    switch (access) {
    case acl_access::read:
        return "read";
    case acl_access::write:
        return "write";
    case acl_access::readwrite:
        return "readwrite";
    case acl_access::deny:
        break;
    }
    return "deny";
}

// The levels at the front of a filter that have neither a wildcard nor, in a pattern, a name.
struct literal_front {
    std::size_t bytes = 0;
    std::size_t levels = 0;
};

literal_front literal_front_of(std::string_view filter, bool is_pattern) {
    literal_front front;
    std::optional<std::string_view> rest = filter;
    while (rest) {
        const auto level = next_level(rest);
        if (has_wildcard(level) || (is_pattern && acl_placeholders(level) != 0))
            break;
        front.bytes = static_cast<std::size_t>(level.data() - filter.data()) + level.size();
        ++front.levels;
    }
    return front;
}

// The names of a client, as far as a pattern may use them. An empty name would make a hole of the
// level that was to be the client's own, and no topic holds a name with a wildcard: such a name
// must never be read as one.
std::uint8_t usable_names(const acl_names& names) {
    std::uint8_t usable = 0;
    if (!names.username.empty() && !has_wildcard(names.username))
        usable |= acl_wants_username;
    if (!names.client_id.empty() && !has_wildcard(names.client_id))
        usable |= acl_wants_client_id;
    return usable;
}

} // namespace

// What is asked, and the answer so far.
struct acl_rules::question {
    operation what;
    std::string_view topic;
    literal_front front; // a topic name is literal as a whole
    acl_names names;
    std::optional<std::uint8_t> usable{}; // of the names; looked at where a rule wants one
    const rule* grant = nullptr;          // the one that stands first
    const rule* denial = nullptr;

    bool grants(acl_access access) const {
        const auto wanted = what == operation::publish ? acl_access::write : acl_access::read;
        return (static_cast<unsigned>(access) & static_cast<unsigned>(wanted)) != 0;
    }

    bool applies(const rule& each) {
        if (each.wanted == 0)
            return true;
        if (!usable)
            usable = usable_names(names);
        return (each.wanted & *usable) == each.wanted;
    }

    bool speaks(const rule& each) const {
        const auto* needed = each.wanted == 0 ? nullptr : &names;
        if (what == operation::subscribe && each.access != acl_access::deny)
            return acl_overlaps(each.filter, needed, topic);
        if (!topic.starts_with(each.literal()))
            return false; // soon seen, and the fate of most
        return what == operation::subscribe ? acl_covers(each.filter, needed, topic)
                                            : acl_matches(each.filter, needed, topic);
    }

    void put_to(const rule& each) {
        const bool denies = each.access == acl_access::deny;
        if ((!denies && !grants(each.access)) || !applies(each) || !speaks(each))
            return;
        auto& place = denies ? denial : grant;
        if (place == nullptr || each.line < place->line)
            place = &each;
    }
};

void acl_rules::add(std::uint32_t holder, acl_access access, std::string_view filter,
                    bool is_pattern, std::uint32_t line) {
    const auto front = literal_front_of(filter, is_pattern);
    const auto wanted = is_pattern ? acl_placeholders(filter) : std::uint8_t{0};
    rules_.push_back({filter, line, holder, static_cast<std::uint32_t>(front.bytes),
                      static_cast<std::uint8_t>(front.levels), access, wanted, is_pattern});
}

void acl_rules::sort() {
    std::sort(rules_.begin(), rules_.end(), [](const rule& left, const rule& right) {
        if (left.holder != right.holder)
            return left.holder < right.holder;
        const int order = left.literal().compare(right.literal());
        return order != 0 ? order < 0 : left.line < right.line;
    });
    for (std::uint32_t at = 0; at < rules_.size(); ++at) {
        auto& whose = parts_[rules_[at].holder];
        if (whose.last == 0)
            whose.first = at;
        whose.last = at + 1;
        whose.literal_levels = std::max(whose.literal_levels, rules_[at].literal_levels);
    }
}

std::shared_ptr<const acl_rules> acl_rules::of(std::span<const acl_grant> grants) {
    if (grants.size() > acl_grants_max)
        return nullptr;
    std::string text;
    for (const auto& each : grants) {
        const auto access = static_cast<unsigned>(each.access);
        const bool known = access >= static_cast<unsigned>(acl_access::read) &&
                           access <= static_cast<unsigned>(acl_access::deny);
        if (!known || !is_topic_filter(each.filter) || has_control_character(each.filter))
            return nullptr;
        text += each.filter;
    }
    const std::shared_ptr<acl_rules> rules(new acl_rules(std::move(text)));
    std::size_t at = 0;
    for (const auto& each : grants) {
        const auto filter = std::string_view(rules->text_).substr(at, each.filter.size());
        rules->add(everybody, each.access, filter, false, 0);
        at += filter.size();
    }
    rules->sort();
    return rules;
}

// Asks the rules whose literal front is a front of the topic's: no other can match or cover it.
void acl_rules::ask_front(const part& whose, question& asked) const {
    const auto* next = rules_.data() + whose.first;
    const auto* const end = rules_.data() + whose.last;
    if (whose.last - whose.first <= rules_in_a_row_max) {
        for (; next != end; ++next)
            asked.put_to(*next);
        return;
    }
    // Longer fronts sort behind shorter ones, so the search goes on where it stopped. The first one
    // is "": of no level at all, or of an empty one.
    const auto front = asked.topic.substr(0, asked.front.bytes);
    std::size_t bytes = 0;
    const std::size_t levels = std::min<std::size_t>(asked.front.levels, whose.literal_levels);
    for (std::size_t level = 0; level <= levels && next != end; ++level) {
        if (level > 0)
            bytes = std::min(front.find('/', bytes + 1), front.size());
        const auto wanted = front.substr(0, bytes);
        next = std::lower_bound(next, end, wanted, [](const rule& each, std::string_view text) {
            return each.literal() < text;
        });
        for (; next != end && next->literal() == wanted; ++next)
            asked.put_to(*next);
    }
}

// Asks the rules whose literal front goes on behind that of the filter of a subscription, until one
// grants it: "a/b/c" for "a/+/c". They can't cover it, so they can't deny it.
void acl_rules::ask_behind(const part& whose, question& asked) const {
    const auto front = asked.topic.substr(0, asked.front.bytes);
    const auto* next = rules_.data() + whose.first;
    const auto* const end = rules_.data() + whose.last;
    if (asked.front.levels > 0)
        next = std::lower_bound(next, end, front, [](const rule& each, std::string_view text) {
            const auto literal = each.literal();
            // Whether it sorts before `text` with a '/' behind it.
            const int order = literal.substr(0, text.size()).compare(text);
            if (order != 0 || literal.size() == text.size())
                return order <= 0;
            return static_cast<unsigned char>(literal[text.size()]) < '/';
        });
    for (; next != end && asked.grant == nullptr; ++next) {
        const auto literal = next->literal();
        if (asked.front.levels > 0 &&
            (!literal.starts_with(front) || literal.size() == front.size() ||
             literal[front.size()] != '/'))
            return;
        if (next->access != acl_access::deny)
            asked.put_to(*next);
    }
}

// everybody: there are no rules of his own.
std::uint32_t acl_rules::holder_of(const identity& who) const {
    if (who.anonymous())
        return anonymous;
    const auto found = holders_.find(who.username);
    return found == holders_.end() ? everybody : found->second;
}

const acl_rules::rule* acl_rules::deciding(const identity& who, operation what,
                                           std::string_view topic) const {
    const auto holder = holder_of(who);
    question asked{what, topic, {}, {who.username, who.client_id}};
    if (what == operation::subscribe) {
        asked.front = literal_front_of(topic, false);
    } else {
        asked.front.bytes = topic.size();
        asked.front.levels = topic_levels_max;
    }
    ask_front(parts_[everybody], asked);
    if (holder != everybody)
        ask_front(parts_[holder], asked);
    if (asked.denial == nullptr && asked.grant == nullptr && what == operation::subscribe &&
        asked.front.bytes < topic.size()) {
        ask_behind(parts_[everybody], asked);
        if (holder != everybody && asked.grant == nullptr)
            ask_behind(parts_[holder], asked);
    }
    return asked.denial != nullptr ? asked.denial : asked.grant;
}

acl_rules::ruling acl_rules::judge(const identity& who, operation what,
                                   std::string_view topic) const {
    const auto* decisive = deciding(who, what, topic);
    if (decisive == nullptr)
        return {};
    return {decisive->access != acl_access::deny, decisive->line, decisive->text()};
}

std::string acl_rules::rule::text() const {
    return std::string(is_pattern ? "pattern " : "topic ")
        .append(name_of(access))
        .append(" ")
        .append(filter);
}

std::vector<rule_text> acl_rules::about(const identity& who, std::size_t most) const {
    std::vector<const rule*> found;
    const auto add = [&](const part& whose) {
        for (auto at = whose.first; at < whose.last; ++at)
            found.push_back(&rules_[at]); // bound: the rules
    };
    add(parts_[everybody]);
    if (const auto holder = holder_of(who); holder != everybody)
        add(parts_[holder]);
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(most, found.size()));
    std::partial_sort(found.begin(), end, found.end(),
                      [](const auto* left, const auto* right) { return left->line < right->line; });
    std::vector<rule_text> told;
    for (auto at = found.begin(); at != end; ++at)
        told.push_back({(*at)->line, (*at)->text()}); // bound: most
    return told;
}

} // namespace mqtt
