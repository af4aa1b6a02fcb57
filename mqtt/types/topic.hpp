// Topic names and topic filters, MQTT 5 section 4.7, and shared subscriptions, section 4.8.2.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace mqtt {

// Levels of one topic. A bound of ours: it keeps the walk through the index short whatever a client
// sends.
inline constexpr std::size_t topic_levels_max = 200;
// [MQTT31-topic-1 deviates: as long as later standards allow]
inline constexpr std::size_t topic_bytes_max = 65'535; // [MQTT-4.7.3-3]

// A name to publish to: 1 to 65 535 bytes of UTF-8 without U+0000, '+' or '#'.
// [MQTT-4.7.0-1] [MQTT3-4.7.1-1] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-3.3.2-2]
bool is_topic_name(std::string_view name);

// A filter to subscribe to: as a name, with '+' filling a level and '#' filling the last one.
// [MQTT-4.7.1-1] [MQTT-4.7.1-2]
bool is_topic_filter(std::string_view filter);

bool has_wildcard(std::string_view filter);

// Whether a name matches a filter; a leading wildcard never matches a '$' topic. [MQTT-4.7.2-1]
// requires: is_topic_filter(filter), is_topic_name(name)
bool matches(std::string_view filter, std::string_view name);

struct shared_filter {
    std::string_view group;
    std::string_view filter;
};

// The parts of "$share/{group}/{filter}"; nothing when the text is no well-formed shared
// subscription. [MQTT-4.8.2-1] [MQTT-4.8.2-2]
std::optional<shared_filter> parse_shared_filter(std::string_view text);

bool is_shared(std::string_view filter); // begins with "$share/"

// What may stand in SUBSCRIBE: a filter, or a shared one.
bool is_subscription_filter(std::string_view text);

// Cuts the first level off the front of rest; rest becomes nullopt after the last level.
std::string_view next_level(std::optional<std::string_view>& rest);

} // namespace mqtt
