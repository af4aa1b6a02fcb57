// Points in time as HTTP and JSON write them.
#pragma once

#include "mqtt/types/clock.hpp"

#include <string>

namespace rest {

// "Sun, 22 Nov 2026 15:30:45 GMT" [RFC9110-5.6.7]
std::string http_date(mqtt::wall_time when);

// "2026-11-22T15:30:45.123Z", RFC 3339 with milliseconds.
void append_rfc3339(std::string& out, mqtt::wall_time when);

} // namespace rest
