// Points and spans of time as options name them.
#pragma once

#include "mqtt/types/clock.hpp"
#include "rest/query.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace rest {

struct named_time {
    mqtt::wall_time when;
    bool moves = false; // it is told from now, so that the same text means another time later
};

// RFC 3339, seconds or milliseconds since 1970, "-24h" (also s, m, d, w, ms), or "now".
std::optional<named_time> parse_time(std::string_view text, mqtt::wall_time now);
// "500ms", "30s", "5m", "2h", "7d", "1w"; a bare number means seconds. Never 0.
std::optional<std::chrono::milliseconds> parse_span(std::string_view text);

// An option that is such a time; nothing when it is not given.
checked<std::optional<named_time>> time_option(const query& options, std::string_view name,
                                               mqtt::wall_time now);

} // namespace rest
