#include "rest/series_live.hpp"

#include "rest/history_access.hpp"
#include "rest/service_context.hpp"
#include "rest/stream_format.hpp"

#include <algorithm>
#include <utility>

namespace rest {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr stream_format events{.events = true};

mqtt::wall_time bucket_begin(mqtt::wall_time when, milliseconds step) {
    const auto at = std::chrono::floor<milliseconds>(when).time_since_epoch().count();
    return mqtt::wall_time(milliseconds(at / step.count() * step.count()));
}

void append_event(std::string& out, std::string_view name, std::string_view document) {
    out.append("event: ").append(name).append("\ndata: ").append(document).append("\n\n");
}

// One chart while it runs.
struct running_chart {
    exchange& each;
    const series_request& request;
    live_feed& feed;
    std::vector<live_series> series{}; // at most series_topics_max
    std::string part{};

    http_connection& connection() const { return each.connection; }
};

void take_messages(running_chart& chart) {
    message_queue::entry next;
    while (chart.feed.queue.take(next)) {
        for (auto& each : chart.series)
            if (each.topic() == next.what->topic())
                each.add(*next.what, chart.request);
    }
    const auto dropped = chart.feed.queue.take_dropped();
    if (dropped == 0)
        return;
    append_dropped(chart.part, events, dropped);
}

bool has_news(const running_chart& chart) {
    return std::any_of(chart.series.begin(), chart.series.end(),
                       [](const live_series& each) { return each.waiting() > 0; });
}

void append_news(running_chart& chart) {
    for (auto& each : chart.series)
        if (each.waiting() > 0)
            append_event(
                chart.part, "append",
                series_addition(chart.request, each.topic(), each.take_rows(chart.request)));
}

boost::asio::awaitable<bool> send(running_chart& chart) {
    const bool sent = co_await chart.connection().send_part(chart.part);
    chart.part.clear();
    co_return sent;
}

boost::asio::awaitable<void> run(running_chart& chart) {
    const auto& context = chart.connection().context();
    auto heartbeat = clock::now() + context.rules.heartbeat;
    auto due = clock::now();
    while (!chart.connection().over() && !context.stopping) {
        take_messages(chart);
        const auto now = clock::now();
        if (has_news(chart) && now >= due) {
            append_news(chart);
            due = now + live_pause;
        } else if (chart.part.empty() && now >= heartbeat) {
            append_heartbeat(chart.part, events);
        }
        if (chart.part.empty()) {
            co_await chart.connection().sleep_until(has_news(chart) ? std::min(due, heartbeat)
                                                                    : heartbeat);
            continue;
        }
        heartbeat = now + context.rules.heartbeat;
        const bool sent = co_await send(chart);
        if (!sent)
            co_return;
    }
    if (chart.connection().over())
        co_return;
    append_bye(chart.part, events, stream_retry);
    const bool sent = co_await send(chart);
    if (sent)
        co_await chart.connection().end_stream();
}

// What the chart begins with. False: the exchange is refused.
boost::asio::awaitable<bool> begin(running_chart& chart, mqtt::history& past,
                                   const std::vector<std::string>& topics) {
    std::vector<topic_series> shown;
    for (const auto& topic : topics) {
        auto wanted = chart.request.query_for(topic);
        wanted.until = std::chrono::system_clock::now() + milliseconds(1); // of this moment, too
        wanted.fresh = true;
        const auto found = co_await find_series(chart.connection(), past, wanted);
        if (!found) {
            refuse(chart.each, history_problem(found.error()));
            co_return false;
        }
        shown.push_back(rows_of(topic, *found, chart.request)); // bound: series_topics_max
        chart.series.emplace_back(topic, *found, chart.request);
    }
    chart.part += ": ok\n";
    append_event(chart.part, "series", series_document(chart.request, shown));
    co_return true;
}

} // namespace

live_series::live_series(std::string topic, const mqtt::series& found,
                         const series_request& request)
    : topic_(std::move(topic)), newest_(found.newest) {
    if (request.method != series_method::lttb && !found.buckets.empty())
        bucket_ = found.buckets.back();
}

void live_series::add(const mqtt::message& what, const series_request& request) {
    if (what.id() <= newest_)
        return; // the series began with it
    const auto value = mqtt::number_at(what.payload(), request.field);
    if (!value)
        return;
    if (rows_.size() >= live_rows_max)
        rows_.erase(rows_.begin()); // nobody has looked for long
    if (request.method == series_method::lttb) {
        const auto at = std::chrono::floor<milliseconds>(what.arrived());
        rows_.push_back({at.time_since_epoch().count(), {*value}, 1});
        return;
    }
    const auto begins = bucket_begin(what.arrived(), request.step);
    if (bucket_ && begins < bucket_->at)
        return; // its row is finished
    if (bucket_ && begins > bucket_->at) {
        if (std::exchange(changed_, false))
            rows_.push_back(row_of(*bucket_, request));
        bucket_.reset();
    }
    if (!bucket_) {
        const auto at = what.arrived();
        bucket_ = mqtt::series_bucket{begins, 0, 0, *value, *value, *value, *value, at, at, at, at};
    }
    ++bucket_->numbers;
    bucket_->total += *value;
    bucket_->low = std::min(bucket_->low, *value);
    bucket_->high = std::max(bucket_->high, *value);
    bucket_->last = *value;
    changed_ = true;
}

std::vector<series_row> live_series::take_rows(const series_request& request) {
    auto rows = std::exchange(rows_, {});
    if (std::exchange(changed_, false))
        rows.push_back(row_of(*bucket_, request));
    return rows;
}

boost::asio::awaitable<mqtt::result<mqtt::series>>
find_series(http_connection& connection, mqtt::history& past, const mqtt::series_query& what) {
    const question_of<mqtt::series> question = [&](auto back, auto then) {
        past.find_series(what, std::move(back), std::move(then));
    };
    auto found = co_await answer_of<mqtt::series>(connection, question);
    co_return found;
}

boost::asio::awaitable<void> stream_series(exchange& each, const series_request& request,
                                           mqtt::history& past, std::vector<std::string> topics) {
    auto& connection = each.connection;
    auto* feed = connection.open_feed(connection.context().rules.stream_queue_max, feed_bytes_max);
    if (feed == nullptr) {
        refuse(each, {.id = problem_id::too_many_streams});
        co_return;
    }
    for (const auto& topic : topics)
        co_await connection.settle(mqtt::operation::subscribe, topic);
    // Live first, so that nothing falls between what is read and what comes.
    const mqtt::subscribe_request wanted{topics, mqtt::qos::exactly_once,
                                         mqtt::retained_delivery::none};
    const auto outcome = feed->subscribe(connection.client(), wanted);
    running_chart chart{each, request, *feed};
    bool begun = outcome == mqtt::reason::success;
    if (begun)
        begun = co_await begin(chart, past, topics);
    else
        refuse(each, problem_of(outcome));
    if (!begun) {
        connection.close_feed();
        co_return;
    }
    each.answer.add("Content-Type", events.content_type());
    each.answer.add("Cache-Control", "no-store, no-transform");
    each.answer.add("X-Accel-Buffering", "no");
    each.answer.add("X-Content-Type-Options", "nosniff");
    each.answer.add("Vary", "Accept");
    connection.begin_stream(each);
    connection.watch_peer();
    const bool sent = co_await send(chart);
    if (sent)
        co_await run(chart);
    connection.unwatch_peer();
    connection.close_feed();
}

} // namespace rest
