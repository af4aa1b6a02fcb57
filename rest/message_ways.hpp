// Under which way the metrics show a request, and a stream.
#pragma once

#include "mqtt/broker/metrics.hpp"

#include <array>
#include <string_view>

namespace rest {

// Requests whose purpose are messages; all others are pages, lists and administration, which would
// make messages by HTTP look dearer than they are.
constexpr mqtt::way way_of(std::string_view path) {
    constexpr std::array<std::string_view, 4> fronts{"/topics", "/api/v1/publish", "/api/v1/stream",
                                                     "/api/v1/sessions/"};
    for (const auto front : fronts)
        if (path.starts_with(front))
            return mqtt::way::http;
    return mqtt::way::http_other;
}

constexpr mqtt::way way_of_stream(std::string_view content_type) {
    return content_type.starts_with("text/event-stream") ? mqtt::way::sse : mqtt::way::ndjson;
}

} // namespace rest
