#include "plugins/sql/rules.hpp"

#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <array>

namespace sql_auth {
namespace {

struct access_row {
    std::string_view name;
    std::uint8_t bits;
};

constexpr std::array access_table{
    access_row{"deny", 0},
    access_row{"read", read_bit},
    access_row{"write", write_bit},
    access_row{"readwrite", read_bit | write_bit},
    access_row{"subscribe", subscribe_bit},
    access_row{"all", read_bit | write_bit | subscribe_bit},
};

std::uint8_t wanted_by(operation what) {
    switch (what) {
    case operation::read:
        return read_bit;
    case operation::write:
        return write_bit;
    case operation::subscribe:
        return subscribe_bit | read_bit;
    }
    return 0;
}

bool fills_one_level(std::string_view name) {
    return !name.empty() && !name.starts_with('$') && name.find_first_of("+#/") == name.npos;
}

} // namespace

std::optional<std::uint8_t> access_from(std::string_view text) {
    if (text.size() == 1 && text.front() >= '0' && text.front() <= '7')
        return static_cast<std::uint8_t>(text.front() - '0');
    const auto row = std::find_if(access_table.begin(), access_table.end(),
                                  [&](const auto& each) { return each.name == text; });
    return row == access_table.end() ? std::nullopt : std::optional(row->bits);
}

std::optional<std::string> filled(std::string_view filter, const asker& who) {
    std::string made;
    // In one pass, so that a name with %c in it stays what it is.
    for (;;) {
        const auto mark = std::min(filter.find('%'), filter.size());
        made.append(filter.substr(0, mark));
        filter.remove_prefix(mark);
        if (filter.empty())
            return made;
        const bool of_user = filter.starts_with("%u");
        if (!of_user && !filter.starts_with("%c")) {
            made += '%';
            filter.remove_prefix(1);
            continue;
        }
        const auto name = of_user ? who.username : who.client_id;
        if (!fills_one_level(name))
            return std::nullopt;
        made.append(name);
        filter.remove_prefix(2);
    }
}

bool covers(std::string_view wide, std::string_view narrow) {
    if (narrow.starts_with('$') && (wide.starts_with('+') || wide.starts_with('#')))
        return false; // [MQTT-4.7.2-1]
    std::optional<std::string_view> wide_rest = wide;
    std::optional<std::string_view> narrow_rest = narrow;
    while (wide_rest) {
        const auto wide_level = mqtt::next_level(wide_rest);
        if (wide_level == "#")
            return true;
        if (!narrow_rest)
            return false;
        const auto narrow_level = mqtt::next_level(narrow_rest);
        if (narrow_level == "#" || (wide_level != "+" && wide_level != narrow_level))
            return false;
    }
    return !narrow_rest;
}

bool rule_set::add(std::string_view filter, std::string_view access) {
    const auto bits = access_from(access);
    const auto sample = filled(filter, {"u", "c"});
    if (!bits || !sample || !mqtt::is_topic_filter(*sample))
        return false;
    const auto cost = sizeof(rule) + filter.size();
    if (rules_.size() == rules_per_user_max || bytes_ + cost > rules_bytes_max)
        return false;
    rules_.push_back({std::string(filter), *bits, *sample != filter});
    bytes_ += cost;
    return true;
}

bool rule_set::permits(const asker& who, operation what, std::string_view topic) const {
    const bool subscribing = what == operation::subscribe;
    if (subscribing) {
        if (!mqtt::is_subscription_filter(topic))
            return false;
        if (const auto shared = mqtt::parse_shared_filter(topic))
            topic = shared->filter; // the group says nothing of what comes in
    } else if (!mqtt::is_topic_name(topic)) {
        return false;
    }
    bool permitted = false;
    for (const auto& each : rules_) {
        std::optional<std::string> own;
        if (each.has_name && !(own = filled(each.filter, who))) {
            if (each.bits == 0)
                return false; // whom it was to keep from what can't be said, so from everything
            continue;
        }
        const std::string_view filter = own ? *own : each.filter;
        if (!(subscribing ? covers(filter, topic) : mqtt::matches(filter, topic)))
            continue;
        if (each.bits == 0)
            return false;
        permitted = permitted || (each.bits & wanted_by(what)) != 0;
    }
    return permitted;
}

} // namespace sql_auth
