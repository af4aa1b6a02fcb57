// Series as rows, and rows as text: columns of numbers in JSON, CSV for spreadsheets, events for
// charts that go on.
#pragma once

#include "rest/series_request.hpp"

#include <span>
#include <string>
#include <vector>

namespace rest {

struct series_row {
    std::int64_t at = 0;        // milliseconds since 1970
    std::vector<double> values; // one for each column between t and n; empty: null
    std::uint64_t numbers = 0;
};

struct topic_series {
    std::string topic;
    std::vector<series_row> rows;
    std::uint64_t skipped = 0; // messages without such a number
    bool truncated = false;
};

series_row row_of(const mqtt::series_bucket& bucket, const series_request& request);
topic_series rows_of(std::string topic, const mqtt::series& found, const series_request& request);

// The whole answer, without a line end within.
std::string series_document(const series_request& request, std::span<const topic_series> all);
std::string series_csv(const series_request& request, std::span<const topic_series> all);

// {"topic":"a","rows":[...]}: what has come since. A row of a time that was there already replaces
// it.
std::string series_addition(const series_request& request, std::string_view topic,
                            std::span<const series_row> rows);

} // namespace rest
