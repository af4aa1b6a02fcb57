#include "rest/rate_fields.hpp"

#include <algorithm>

namespace rest {

std::string seconds_text(std::chrono::nanoseconds time) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
    return std::to_string(std::max<std::int64_t>(seconds, 1));
}

std::string rate_fields(const mqtt::rate_standing& standing) {
    std::string lines = "RateLimit-Policy: \"publish\";q=" + std::to_string(standing.burst);
    lines += ";w=" + seconds_text(standing.window);
    lines += "\r\nRateLimit: \"publish\";r=" + std::to_string(standing.remaining);
    lines += ";t=" + seconds_text(standing.until_full) + "\r\n";
    return lines;
}

} // namespace rest
