#include "rest/series_text.hpp"

#include "rest/json_text.hpp"
#include "rest/largest_triangles.hpp"
#include "rest/list_text.hpp"
#include "rest/time_text.hpp"

#include <charconv>
#include <utility>

namespace rest {
namespace {

constexpr std::size_t digits_max = 32; // of a double, and then some

void append_double(std::string& out, double number) {
    char digits[digits_max];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    out.append(digits, end);
}

std::int64_t milliseconds_of(mqtt::wall_time when) {
    return std::chrono::floor<std::chrono::milliseconds>(when).time_since_epoch().count();
}

void append_signed(std::string& out, std::int64_t number) {
    out += std::to_string(number);
}

std::size_t value_count(const series_request& request) {
    return request.method == series_method::lttb ? 1 : request.aggregates.size();
}

// "t", the values, "n".
std::vector<std::string_view> columns_of(const series_request& request) {
    std::vector<std::string_view> names{"t"};
    if (request.method == series_method::lttb) {
        names.push_back("v");
        return names;
    }
    for (const auto& each : request.aggregates)
        names.push_back(each.name); // bound: the aggregates
    names.push_back("n");
    return names;
}

void append_row(std::string& out, const series_row& row, const series_request& request) {
    out += '[';
    append_signed(out, row.at);
    for (std::size_t i = 0; i < value_count(request); ++i) {
        out += ',';
        if (row.values.empty())
            out += "null";
        else
            append_double(out, row.values[i]);
    }
    if (request.method != series_method::lttb) {
        out += ',';
        append_number(out, row.numbers);
    }
    out += ']';
}

void append_rows(std::string& out, std::span<const series_row> rows,
                 const series_request& request) {
    out += "\"rows\":[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0)
            out += ',';
        append_row(out, rows[i], request);
    }
    out += ']';
}

void append_one(std::string& out, const topic_series& each, const series_request& request) {
    append_rows(out, each.rows, request);
    out += ",\"skipped\":";
    append_number(out, each.skipped);
    if (each.truncated || request.clamped)
        out += ",\"truncated\":true";
}

// Parts of the time that have no number, as they shall be shown.
std::vector<series_row> filled(std::vector<series_row> rows, const series_request& request) {
    if (request.fill == series_fill::none)
        return rows;
    std::vector<series_row> all;
    const auto step = request.step.count();
    auto next = rows.begin();
    auto at = milliseconds_of(request.since) / step * step;
    for (; at < milliseconds_of(request.until); at += step) { // bound: series_points_max
        if (next != rows.end() && next->at == at) {
            all.push_back(std::move(*next++));
            continue;
        }
        series_row gap{at, {}, 0};
        if (request.fill == series_fill::previous && !all.empty())
            gap.values = all.back().values;
        all.push_back(std::move(gap));
    }
    return all;
}

} // namespace

series_row row_of(const mqtt::series_bucket& bucket, const series_request& request) {
    series_row row{milliseconds_of(bucket.at), {}, bucket.numbers};
    for (const auto& each : request.aggregates)
        row.values.push_back(each.value(bucket)); // bound: the aggregates
    return row;
}

topic_series rows_of(std::string topic, const mqtt::series& found, const series_request& request) {
    topic_series made{std::move(topic), {}, found.messages - found.numbers, found.truncated};
    if (request.method == series_method::lttb) {
        const auto points = found.points.empty() ? extremes_of(found.buckets) : found.points;
        for (const auto& each : largest_triangles(points, request.points))
            made.rows.push_back({milliseconds_of(each.at), {each.value}, 1});
        return made;
    }
    for (const auto& each : found.buckets)
        made.rows.push_back(row_of(each, request)); // bound: series_buckets_max
    made.rows = filled(std::move(made.rows), request);
    return made;
}

std::string series_document(const series_request& request, std::span<const topic_series> all) {
    std::string out = "{";
    if (request.method != series_method::lttb) {
        out += "\"step_ms\":";
        append_signed(out, request.step.count());
        out += ',';
    }
    out += "\"columns\":[";
    auto separator = "\"";
    for (const auto name : columns_of(request)) {
        out += std::exchange(separator, ",\"");
        out.append(name).append("\"");
    }
    out += "],";
    if (request.single) {
        append_one(out, all.front(), request);
        return out += '}';
    }
    out += "\"series\":[";
    for (std::size_t i = 0; i < all.size(); ++i) {
        out += i > 0 ? ",{\"topic\":" : "{\"topic\":";
        append_json_string(out, all[i].topic);
        out += ',';
        append_one(out, all[i], request);
        out += '}';
    }
    return out += "]}";
}

std::string series_csv(const series_request& request, std::span<const topic_series> all) {
    std::string out = request.single ? "" : "topic,";
    for (const auto name : columns_of(request))
        out.append(name == "t" ? "" : ",").append(name);
    out += "\r\n";
    for (const auto& each : all) {
        for (const auto& row : each.rows) {
            if (!request.single) {
                append_csv_cell(out, each.topic);
                out += ',';
            }
            append_rfc3339(out, mqtt::wall_time(std::chrono::milliseconds(row.at)));
            for (std::size_t i = 0; i < value_count(request); ++i) {
                out += ',';
                if (!row.values.empty())
                    append_double(out, row.values[i]);
            }
            if (request.method != series_method::lttb) {
                out += ',';
                append_number(out, row.numbers);
            }
            out += "\r\n";
        }
    }
    return out;
}

std::string series_addition(const series_request& request, std::string_view topic,
                            std::span<const series_row> rows) {
    std::string out = "{\"topic\":";
    append_json_string(out, topic);
    out += ',';
    append_rows(out, rows, request);
    return out += '}';
}

} // namespace rest
