// A will in the server's keeping, MQTT 5 section 3.1.2.5.
#pragma once

#include "mqtt/types/qos.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace mqtt {

struct kept_will {
    std::string topic;
    std::string payload;
    std::string properties; // forwarded ones, wire bytes
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool retain = false;
    std::optional<std::uint32_t> expiry; // seconds
    std::chrono::seconds delay{0};
};

} // namespace mqtt
