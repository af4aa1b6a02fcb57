#include "rest/stream.hpp"

#include "rest/history_access.hpp"
#include "rest/http_connection.hpp"
#include "rest/running_stream.hpp"
#include "rest/service_context.hpp"

#include <algorithm>
#include <utility>

namespace rest {
namespace {

using clock = std::chrono::steady_clock;

// What came while the caller was away, up to where the live messages begin. false: the caller has
// gone.
boost::asio::awaitable<bool> catch_up(running_stream& stream, std::string_view after) {
    bool begun = false;
    while (!stream.over() && stream.end_now(clock::now()) == running_stream::ending::none) {
        const auto next = co_await stream.past->next();
        if (!next || (next->gap && !begun)) {
            stream.begin_anew();
            co_return true;
        }
        if (next->gap) // history was trimmed faster than it was told
            append_gap(stream.part, stream.format(), after);
        begun = true;
        stream.append_replayed(next->messages);
        if (!stream.part.empty()) {
            const bool sent = co_await stream.send();
            if (!sent)
                co_return false;
        }
        if (!next->last)
            continue;
        if (stream.feed.queue.take_dropped() == 0 && !stream.feed.queue.has_overflown())
            co_return true;
        stream.forget_waiting(); // more came live than could wait: history has it
        stream.past->again();
    }
    co_return !stream.over();
}

boost::asio::awaitable<void> run(running_stream& stream) {
    const auto heartbeat = stream.connection().context().rules.heartbeat;
    auto next_sign = clock::now() + heartbeat;
    auto now = clock::now();
    while (!stream.over() && stream.end_now(now) == running_stream::ending::none) {
        stream.fill(now);
        if (stream.part.empty() && now >= next_sign)
            append_heartbeat(stream.part, stream.format());
        if (!stream.part.empty()) {
            next_sign = now + heartbeat;
            const bool sent = co_await stream.send();
            if (!sent)
                co_return;
        } else {
            co_await stream.connection().sleep_until(std::min(next_sign, stream.next_moment()));
        }
        now = clock::now();
    }
}

// The farewell when it is we who leave.
void append_farewell(running_stream& stream, running_stream::ending why) {
    using enum running_stream::ending;
    auto& context = stream.connection().context();
    switch (why) {
    case none:
    case enough:
    case idle:
        return;
    case token:
        context.streams->note_expired(stream.connection().shown_credentials());
        return append_auth_expired(stream.part, stream.format());
    case overflow:
        return append_bye(stream.part, stream.format(), stream_retry, mqtt::reason::quota_exceeded);
    case ordered:
        return append_bye(stream.part, stream.format(), stream_retry,
                          mqtt::reason::administrative_action);
    case stopping:
        constexpr unsigned jitter_ms = 3'000; // so that not all come back in the same moment
        const std::chrono::milliseconds retry(1'000 + context.random() % jitter_ms);
        return append_bye(stream.part, stream.format(), retry);
    }
}

boost::asio::awaitable<void> finish(running_stream& stream) {
    if (stream.over())
        co_return;
    const auto now = clock::now();
    const auto why = stream.end_now(now);
    if (why == running_stream::ending::stopping)
        stream.fill(now); // what still waits
    append_farewell(stream, why);
    const bool sent = co_await stream.send();
    if (sent)
        co_await stream.connection().end_stream();
}

void open_answer(exchange& each, const stream_options& options, std::string_view id) {
    each.answer.add("Content-Type", options.format.content_type());
    each.answer.add("Cache-Control", "no-store, no-transform");
    each.answer.add("X-Accel-Buffering", "no");
    each.answer.add("X-Content-Type-Options", "nosniff");
    each.answer.add("Vary", "Accept");
    each.answer.add("Mqtt-Stream", id);
    each.connection.begin_stream(each);
}

// The filters that were granted.
std::vector<std::string> granted_of(const std::vector<std::string>& filters,
                                    std::span<const mqtt::reason> reasons) {
    std::vector<std::string> granted;
    for (std::size_t i = 0; i < filters.size(); ++i)
        if (!mqtt::is_error(reasons[i]))
            granted.push_back(filters[i]); // bound: filters_max
    return granted;
}

boost::asio::awaitable<void> serve(running_stream& stream, const resume_point& from) {
    const bool sent = co_await stream.send(); // the head at once, whether or not there is a message
    if (!sent)
        co_return;
    if (stream.past) {
        const bool there = co_await catch_up(stream, from.text);
        if (!there)
            co_return;
    }
    co_await run(stream);
    co_await finish(stream);
}

mqtt::subscribe_request request_for(const stream_options& options,
                                    std::vector<std::string> filters) {
    mqtt::subscribe_request wanted{std::move(filters), options.qos};
    wanted.no_local = options.no_local;
    if (options.retained == retained_choice::none)
        wanted.retained = mqtt::retained_delivery::none;
    if (options.retained != retained_choice::fresh)
        return wanted;
    if (options.resume.after)
        wanted.retained_after = *options.resume.after;
    else if (!options.resume.is_named())
        wanted.retained = mqtt::retained_delivery::none; // nothing was there before
    return wanted;
}

std::string_view transport_of(const stream_format& format) {
    return format.events ? "sse" : format.raw ? "raw" : "ndjson";
}

} // namespace

boost::asio::awaitable<void> stream_messages(exchange& each, std::vector<std::string> filters) {
    const auto options = read_stream_options(each.asked, each.options);
    if (!options) {
        refuse(each, options.error());
        co_return;
    }
    auto& connection = each.connection;
    auto& context = connection.context();
    if (options->resume.since && history_or_refuse(each) == nullptr)
        co_return;
    auto place = connection.open_place(transport_of(options->format));
    auto* feed =
        place ? connection.open_feed(context.rules.stream_queue_max, feed_bytes_max, options->queue)
              : nullptr;
    if (feed == nullptr) {
        refuse(each, {.id = problem_id::too_many_streams,
                      .hint = "Close streams that are no longer needed: DELETE "
                              "/api/v1/streams/{id}. One stream takes 100 filters.",
                      .fields = {{"Retry-After", "10"}}});
        co_return;
    }
    const auto wanted = request_for(*options, std::move(filters));
    auto first = wanted;
    replay past(connection, context.past, wanted.filters, options->resume);
    if (past.is_possible())
        first.retained = mqtt::retained_delivery::none; // the caller has them, or history has
    const auto cursor = mqtt::public_id(connection.client().newest_id());
    const auto outcome = feed->subscribe(connection.client(), first);
    if (outcome != mqtt::reason::success) {
        connection.close_feed();
        refuse(each, problem_of(outcome));
        co_return;
    }
    running_stream stream(each, *options, *feed, std::move(*place), wanted);
    const auto& granted = feed->subscription->granted();
    stream.place->set_filters(granted_of(wanted.filters, granted));
    if (options->no_local)
        stream.place.hush(feed->subscription->number());
    if (past.is_possible())
        stream.past.emplace(connection, context.past, granted_of(wanted.filters, granted),
                            options->resume);
    append_opening(
        stream.part, options->format,
        {stream.place->id(), wanted.filters, granted, cursor, feed->queue.backlog_size()});
    if (options->resume.is_named() && !stream.past)
        append_gap(stream.part, options->format, options->resume.text);
    open_answer(each, *options, stream.place->id());
    connection.watch_peer();
    co_await serve(stream, options->resume);
    connection.unwatch_peer();
    connection.close_feed();
}

} // namespace rest
