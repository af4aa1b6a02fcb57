#include "rest/stream.hpp"

#include "rest/accept.hpp"
#include "rest/http_connection.hpp"
#include "rest/publish_options.hpp"
#include "rest/service_context.hpp"

#include <array>
#include <limits>
#include <utility>

namespace rest {
namespace {

using clock = std::chrono::steady_clock;

// What one write carries; a message may be larger by itself.
constexpr std::size_t part_bytes_max = 65'536;

constexpr std::array<std::string_view, 3> stream_types{"application/x-ndjson", "text/event-stream",
                                                       "application/json"};

bool accepts_events(const request& asked) {
    const auto choice = preferred(asked.list(http_field::accept), stream_types);
    return choice && *choice == 1;
}

checked<stream_format> read_format(const request& asked, const query& options) {
    stream_format format;
    format.events = accepts_events(asked);
    if (const auto* named = options.find("as"); named != nullptr) {
        if (named->value == "sse")
            format.events = true;
        else if (named->value == "ndjson")
            format.events = false;
        else if (named->value == "raw")
            format.raw = true;
        else if (named->value != "json")
            return invalid_option("as", named->value, "sse, ndjson, json or raw for a stream");
    }
    if (const auto* event = options.find("event"); event != nullptr) {
        if (event->value != "topic")
            return invalid_option("event", event->value, "'topic'");
        format.topic_as_event = true;
    }
    const auto parse = wants_parsed(options);
    if (!parse)
        return parse.error();
    format.parse = *parse;
    return format;
}

// One stream while it runs.
struct running_stream {
    exchange& each;
    const stream_options& options;
    live_feed& feed;
    std::uint64_t left; // messages until the end
    std::string part{};

    http_connection& connection() const { return each.connection; }
    bool over() const { return connection().over(); }
};

// Moves what waits into the part: everything that came in one turn leaves in one write.
void fill(running_stream& stream) {
    message_queue::entry next;
    auto& formatted = stream.connection().context().formatted;
    const auto& format = stream.options.format;
    if (const auto dropped = stream.feed.queue.take_dropped(); dropped > 0) {
        stream.connection().context().counters.add(mqtt::metric::messages_dropped,
                                                   static_cast<std::int64_t>(dropped));
        append_dropped(stream.part, format, dropped);
    }
    while (stream.left > 0 && stream.part.size() < part_bytes_max && stream.feed.queue.take(next)) {
        formatted.append(stream.part, format, next);
        --stream.left;
    }
}

boost::asio::awaitable<bool> send(running_stream& stream) {
    const bool sent = co_await stream.connection().send_part(stream.part);
    stream.part.clear();
    if (stream.part.capacity() > part_bytes_max)
        stream.part.shrink_to_fit();
    co_return sent;
}

boost::asio::awaitable<void> run(running_stream& stream) {
    const auto& context = stream.connection().context();
    auto heartbeat = clock::now() + context.rules.heartbeat;
    while (!stream.over() && stream.left > 0 && !context.stopping) {
        fill(stream);
        const auto now = clock::now();
        if (stream.part.empty() && now >= heartbeat)
            append_heartbeat(stream.part, stream.options.format);
        if (!stream.part.empty()) {
            heartbeat = now + context.rules.heartbeat;
            const bool sent = co_await send(stream);
            if (!sent)
                co_return;
        } else {
            co_await stream.connection().sleep_until(heartbeat);
        }
    }
}

// The last words: what still waits, and the farewell when it is we who leave.
boost::asio::awaitable<void> finish(running_stream& stream) {
    auto& context = stream.connection().context();
    if (stream.over())
        co_return;
    if (context.stopping && stream.left > 0) {
        fill(stream);
        constexpr unsigned jitter_ms = 3'000; // so that not all come back in the same moment
        const std::chrono::milliseconds retry(1'000 + context.random() % jitter_ms);
        append_bye(stream.part, stream.options.format, retry);
    }
    const bool sent = co_await send(stream);
    if (sent)
        co_await stream.connection().end_stream();
}

void open_answer(exchange& each, const stream_options& options) {
    each.answer.add("Content-Type", options.format.content_type());
    each.answer.add("Cache-Control", "no-store, no-transform");
    each.answer.add("X-Accel-Buffering", "no");
    each.answer.add("X-Content-Type-Options", "nosniff");
    each.answer.add("Vary", "Accept");
    each.connection.begin_stream(each);
}

} // namespace

bool accepts_stream(const request& asked, bool lines_too) {
    constexpr std::array<std::string_view, 6> forms{
        "text/event-stream", "application/x-ndjson",    "application/json", "text/plain",
        "text/html",         "application/octet-stream"};
    const auto choice = preferred(asked.list(http_field::accept), forms);
    return choice && (*choice == 0 || (lines_too && *choice == 1));
}

checked<stream_options> read_stream_options(const request& asked, const query& options) {
    stream_options made;
    const auto format = read_format(asked, options);
    if (!format)
        return format.error();
    made.format = *format;
    const auto qos = read_qos(asked, options, made.qos);
    if (!qos)
        return qos.error();
    made.qos = *qos;
    if (const auto* retained = options.find("retained"); retained != nullptr) {
        if (retained->value == "none")
            made.retained = mqtt::retained_delivery::none;
        else if (retained->value != "all")
            return invalid_option("retained", retained->value, "all or none");
    }
    const auto max = options.number("max", 1, std::numeric_limits<std::uint64_t>::max());
    if (!max)
        return max.error();
    made.max = *max;
    return made;
}

boost::asio::awaitable<void> stream_messages(exchange& each, std::vector<std::string> filters) {
    const auto options = read_stream_options(each.asked, each.options);
    if (!options) {
        refuse(each, options.error());
        co_return;
    }
    auto& connection = each.connection;
    auto& context = connection.context();
    auto* feed = connection.open_feed(context.rules.stream_queue_max, feed_bytes_max);
    if (feed == nullptr) {
        refuse(each, {.id = problem_id::too_many_streams});
        co_return;
    }
    const mqtt::subscribe_request wanted{std::move(filters), options->qos, options->retained};
    const auto outcome = feed->subscribe(connection.client(), wanted);
    if (outcome != mqtt::reason::success) {
        connection.close_feed();
        refuse(each, problem_of(outcome));
        co_return;
    }
    running_stream stream{each, *options, *feed,
                          options->max.value_or(std::numeric_limits<std::uint64_t>::max())};
    const auto id =
        "s-" + std::string(context.mark()) + "-" + std::to_string(++context.streams_made);
    append_opening(stream.part, options->format,
                   {id, wanted.filters, feed->subscription->granted(), feed->queue.backlog_size()});
    open_answer(each, *options);
    connection.watch_peer();
    const bool sent = co_await send(stream); // the head at once, whether or not there is a message
    if (sent) {
        co_await run(stream);
        co_await finish(stream);
    }
    connection.unwatch_peer();
    connection.close_feed();
}

} // namespace rest
