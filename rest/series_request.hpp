// What a request for series wants: which topics, which time, in which parts and which form.
#pragma once

#include "mqtt/store/history.hpp"
#include "rest/exchange.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace rest {

inline constexpr std::size_t series_points_usual = 300;
inline constexpr std::size_t series_points_max = 5'000;
inline constexpr std::size_t series_topics_max = 20;

enum class series_method { bucket, lttb, last };
enum class series_fill { none, null, previous };
enum class series_form { json, csv, events };

// A column: its name, and its value of a bucket.
struct aggregate {
    std::string_view name;
    double (*value)(const mqtt::series_bucket&);
};

struct series_request {
    std::vector<std::string> filters; // or names
    bool single = false;              // one topic, by its name
    std::string field;
    mqtt::wall_time since;
    mqtt::wall_time until;
    bool closed = false; // it will say the same later
    std::chrono::milliseconds step{0};
    std::size_t points = series_points_usual; // of lttb
    series_method method = series_method::bucket;
    std::vector<aggregate> aggregates; // of the other methods
    series_fill fill = series_fill::none;
    series_form form = series_form::json;
    bool clamped = false; // points or step are not those that were asked for

    mqtt::series_query query_for(const std::string& topic) const;
};

checked<series_request> read_series_request(const exchange& each, mqtt::wall_time now);

} // namespace rest
