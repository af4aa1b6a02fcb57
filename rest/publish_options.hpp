// What a PUT or POST says about its message besides topic and payload: options of the URL first,
// then header fields.
#pragma once

#include "mqtt/types/message.hpp"
#include "rest/problem.hpp"
#include "rest/query.hpp"
#include "rest/request.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rest {

inline constexpr std::size_t user_properties_max = 100;
// For which await=acks waits, and waits when no time is named.
inline constexpr std::chrono::seconds await_max{60};
inline constexpr std::chrono::seconds await_usual{5};
inline constexpr std::chrono::hours delay_max{30 * 24};

struct publish_options {
    mqtt::qos qos = mqtt::qos::at_least_once; // the caller waits for an answer anyway
    bool retain = false;
    bool require_subscriber = false;
    std::optional<std::chrono::milliseconds> await_acks; // how long
    std::optional<std::chrono::milliseconds> delay;
    std::optional<std::uint32_t> expiry; // seconds
    mqtt::publish_properties properties;
};

// The body is looked at only where an option says something about it.
checked<publish_options> read_publish_options(const request& asked, const query& options);

checked<mqtt::qos> read_qos(const request& asked, const query& options, mqtt::qos otherwise);

} // namespace rest
