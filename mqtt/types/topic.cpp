#include "mqtt/types/topic.hpp"

#include "mqtt/types/utf8.hpp"

#include <algorithm>

namespace mqtt {
namespace {

constexpr std::string_view share_prefix = "$share/";

bool is_topic_text(std::string_view text) {
    if (text.empty() || text.size() > topic_bytes_max || !is_utf8_string(text))
        return false; // [MQTT3-4.7.3-1] [MQTT3-4.7.3-2] [MQTT3-4.7.3-3]
    const auto slashes = static_cast<std::size_t>(std::count(text.begin(), text.end(), '/'));
    return slashes < topic_levels_max;
}

} // namespace

std::string_view next_level(std::optional<std::string_view>& rest) {
    const auto text = *rest;
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) {
        rest.reset();
        return text;
    }
    rest = text.substr(slash + 1);
    return text.substr(0, slash);
}

bool has_wildcard(std::string_view filter) {
    return filter.find_first_of("+#") != std::string_view::npos;
}

bool is_topic_name(std::string_view name) {
    return is_topic_text(name) && !has_wildcard(name);
}

bool is_topic_filter(std::string_view filter) {
    if (!is_topic_text(filter))
        return false;
    std::optional<std::string_view> rest = filter;
    while (rest) {
        const auto level = next_level(rest);
        if (level == "#" && rest)
            return false; // [MQTT-4.7.1-1] [MQTT3-4.7.1-2]
        if (level.size() > 1 && has_wildcard(level))
            return false; // [MQTT-4.7.1-2] [MQTT3-4.7.1-3]
    }
    return true;
}

bool matches(std::string_view filter, std::string_view name) {
    if (name.front() == '$' && (filter.front() == '+' || filter.front() == '#'))
        return false; // [MQTT-4.7.2-1]
    std::optional<std::string_view> filter_rest = filter;
    std::optional<std::string_view> name_rest = name;
    while (filter_rest) {
        const auto level = next_level(filter_rest);
        if (level == "#")
            return true; // also the parent level itself, section 4.7.1.2 [MQTT31-topic-2]
        if (!name_rest)
            return false;
        const auto name_level = next_level(name_rest);
        if (level != "+" && level != name_level)
            return false;
    }
    return !name_rest;
}

bool is_shared(std::string_view filter) {
    return filter.starts_with(share_prefix);
}

bool is_subscription_filter(std::string_view text) {
    return is_shared(text) ? parse_shared_filter(text).has_value() : is_topic_filter(text);
}

std::optional<shared_filter> parse_shared_filter(std::string_view text) {
    if (!is_shared(text))
        return std::nullopt;
    text.remove_prefix(share_prefix.size());
    const auto slash = text.find('/');
    if (slash == 0 || slash == std::string_view::npos)
        return std::nullopt; // [MQTT-4.8.2-1]
    const shared_filter parts{text.substr(0, slash), text.substr(slash + 1)};
    if (has_wildcard(parts.group) || !is_topic_filter(parts.filter))
        return std::nullopt; // [MQTT-4.8.2-2]
    return parts;
}

} // namespace mqtt
