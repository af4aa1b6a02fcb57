#include "rest/stream.hpp"

#include "rest/accept.hpp"
#include "rest/history_access.hpp"
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
    std::optional<replay> past{}; // where it goes on from

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
        if (stream.past && stream.past->has_told(next.what->id()))
            continue;
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

// Messages that wait are thrown away: they are in history, or in the retained values that follow.
void forget_waiting(live_feed& feed) {
    message_queue::entry waiting;
    while (feed.queue.take(waiting)) {
    }
    feed.queue.take_dropped();
}

void append_replayed(running_stream& stream, const std::vector<mqtt::message_ptr>& messages) {
    auto& formatted = stream.connection().context().formatted;
    for (const auto& each : messages) {
        if (stream.left == 0)
            return;
        const auto qos = mqtt::lesser(each->qos(), stream.options.qos);
        formatted.append(stream.part, stream.options.format, {each, qos, each->retain()});
        --stream.left;
    }
}

// What the caller missed can't be told: it hears so, and what is retained, so that its picture is
// right from here on.
void begin_anew(running_stream& stream, const mqtt::subscribe_request& wanted) {
    append_gap(stream.part, stream.options.format, stream.options.resume.text);
    stream.past.reset();
    if (wanted.retained == mqtt::retained_delivery::none)
        return;
    forget_waiting(stream.feed);
    stream.feed.subscription.reset();
    stream.feed.subscribe(stream.connection().client(), wanted); // it was granted before
}

// What came while the caller was away, up to where the live messages begin. false: the caller has
// gone.
boost::asio::awaitable<bool> catch_up(running_stream& stream,
                                      const mqtt::subscribe_request& wanted) {
    bool begun = false;
    while (stream.left > 0 && !stream.over() && !stream.connection().context().stopping) {
        const auto next = co_await stream.past->next();
        if (!next || (next->gap && !begun)) {
            begin_anew(stream, wanted);
            co_return true;
        }
        if (next->gap) // history was trimmed faster than it was told
            append_gap(stream.part, stream.options.format, stream.options.resume.text);
        begun = true;
        append_replayed(stream, next->messages);
        if (!stream.part.empty()) {
            const bool sent = co_await send(stream);
            if (!sent)
                co_return false;
        }
        if (!next->last)
            continue;
        if (stream.feed.queue.take_dropped() == 0)
            co_return true;
        forget_waiting(stream.feed); // more came live than could wait: history has it
        stream.past->again();
    }
    co_return !stream.over();
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
    auto resume = read_resume(asked, options, std::chrono::system_clock::now());
    if (!resume)
        return resume.error();
    made.resume = std::move(*resume);
    return made;
}

namespace {

// The filters that were granted.
std::vector<std::string> granted_of(const std::vector<std::string>& filters,
                                    std::span<const mqtt::reason> reasons) {
    std::vector<std::string> granted;
    for (std::size_t i = 0; i < filters.size(); ++i)
        if (!mqtt::is_error(reasons[i]))
            granted.push_back(filters[i]); // bound: filters_max
    return granted;
}

boost::asio::awaitable<void> serve(running_stream& stream, const mqtt::subscribe_request& wanted) {
    const bool sent = co_await send(stream); // the head at once, whether or not there is a message
    if (!sent)
        co_return;
    if (stream.past) {
        const bool there = co_await catch_up(stream, wanted);
        if (!there)
            co_return;
    }
    co_await run(stream);
    co_await finish(stream);
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
    auto* feed = connection.open_feed(context.rules.stream_queue_max, feed_bytes_max);
    if (feed == nullptr) {
        refuse(each, {.id = problem_id::too_many_streams});
        co_return;
    }
    const mqtt::subscribe_request wanted{std::move(filters), options->qos, options->retained};
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
    running_stream stream{each, *options, *feed,
                          options->max.value_or(std::numeric_limits<std::uint64_t>::max())};
    if (past.is_possible())
        stream.past.emplace(connection, context.past,
                            granted_of(wanted.filters, feed->subscription->granted()),
                            options->resume);
    const auto id =
        "s-" + std::string(context.mark()) + "-" + std::to_string(++context.streams_made);
    append_opening(
        stream.part, options->format,
        {id, wanted.filters, feed->subscription->granted(), cursor, feed->queue.backlog_size()});
    if (options->resume.is_named() && !stream.past)
        append_gap(stream.part, options->format, options->resume.text);
    open_answer(each, *options);
    connection.watch_peer();
    co_await serve(stream, wanted);
    connection.unwatch_peer();
    connection.close_feed();
}

} // namespace rest
