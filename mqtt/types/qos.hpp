// Quality of service of a message or a subscription, MQTT 5 section 4.3. On the wire: never
// renumber.
#pragma once

#include <algorithm>
#include <cstdint>

namespace mqtt {

enum class qos : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

constexpr unsigned to_number(qos level) {
    return static_cast<unsigned>(level);
}

// The level a message is delivered at: the lesser of what was published and what was granted.
// [MQTT-3.8.4-8]
constexpr qos lesser(qos left, qos right) {
    return std::min(left, right);
}

} // namespace mqtt
