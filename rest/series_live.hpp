// A chart that goes on: the series as one event, and then what comes, a row at a time.
#pragma once

#include "rest/series_text.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rest {

// How often a chart hears of its newest bucket.
inline constexpr std::chrono::milliseconds live_pause{1000};
// Rows that wait for the next event; then it is due.
inline constexpr std::size_t live_rows_max = 1'000;

// One topic's newest bucket while messages come in.
class live_series {
public:
    // found: what the series began with; newest: the id of the last message in it.
    live_series(std::string topic, const mqtt::series& found, const series_request& request);

    void add(const mqtt::message& what, const series_request& request);

    const std::string& topic() const { return topic_; }
    // The rows that have changed since this was last asked.
    std::vector<series_row> take_rows(const series_request& request);
    std::size_t waiting() const { return rows_.size() + (changed_ ? 1 : 0); }

private:
    std::string topic_;
    std::uint64_t newest_; // messages up to this one are in what it began with
    std::optional<mqtt::series_bucket> bucket_;
    bool changed_ = false;
    std::vector<series_row> rows_; // at most live_rows_max
};

// Shows the series of these topics, and what is added to them until somebody leaves.
boost::asio::awaitable<void> stream_series(exchange& each, const series_request& request,
                                           mqtt::history& past, std::vector<std::string> topics);

// Asks for one series.
boost::asio::awaitable<mqtt::result<mqtt::series>>
find_series(http_connection& connection, mqtt::history& past, const mqtt::series_query& what);

} // namespace rest
