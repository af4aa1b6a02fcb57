// What an answer tells about the caller's bucket: RateLimit-Policy and RateLimit, as the IETF's
// draft-ietf-httpapi-ratelimit-headers-10 has them, and Retry-After.
#pragma once

#include "mqtt/auth/rate_buckets.hpp"

#include <chrono>
#include <string>

namespace rest {

// Whole seconds, rounded up, at least one.
std::string seconds_text(std::chrono::nanoseconds time);

// Both lines, each with its CRLF.
std::string rate_fields(const mqtt::rate_standing& standing);

} // namespace rest
