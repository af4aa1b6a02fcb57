// What follows from the outcome of a call: when to try again, or that it is over. Pure: the time
// and the dice come from outside.
#pragma once

#include "mqtt/types/clock.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace rest::webhooks {

// How a call ended.
struct call_outcome {
    unsigned status = 0; // 0: there was no answer
    std::optional<std::chrono::seconds> retry_after{};
    std::string error{};        // of a call without an answer; no secret
    std::string body{};         // of an answer, at most answer_bytes_max
    std::string content_type{}; // likewise
    std::chrono::milliseconds took{0};

    bool is_success() const { return status >= 200 && status < 300; }
    // The endpoint, or the way to it, is not well: what its circuit counts.
    bool is_outage() const { return status == 0 || status == 429 || status >= 500; }
};

enum class fate {
    delivered,
    again,
    given_up,
    disabled // the endpoint is gone: nothing will ever be taken there
};

struct verdict {
    fate what = fate::delivered;
    std::chrono::milliseconds wait{0}; // before the next call
};

// How long a message is tried.
inline constexpr std::chrono::hours patience{72};
// A request that the endpoint does not like is tried so often.
inline constexpr unsigned refused_tries_max = 3;

// tries: calls so far, this one included. age: since the first of them. jitter: -1 to 1.
verdict judge(const call_outcome& outcome, unsigned tries, std::chrono::milliseconds age,
              double jitter);

// "HTTP 503", or why there was no answer.
std::string reason_of(const call_outcome& outcome);

// The value of Retry-After: seconds, or a date. Nothing: it is neither. [RFC9110-10.2.3]
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, mqtt::wall_time now);

} // namespace rest::webhooks
