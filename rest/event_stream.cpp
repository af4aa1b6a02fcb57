#include "rest/event_stream.hpp"

#include "rest/accept.hpp"
#include "rest/event_queue.hpp"
#include "rest/http_connection.hpp"
#include "rest/service_context.hpp"
#include "rest/time_text.hpp"

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <limits>
#include <memory>
#include <utility>

namespace rest {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t part_bytes_max = 65'536; // of one write; an event may be larger by itself

struct running_events {
    exchange& each;
    const event_wish& wish;
    std::shared_ptr<event_queue> queue;
    std::uint64_t left;
    std::string part{};

    http_connection& connection() const { return each.connection; }
    stream_format format() const { return {.events = wish.as_events}; }
};

// Rules may have changed since the stream began.
bool may_go_on(const running_events& stream) {
    auto& client = stream.connection().client();
    return client.who().good_until > std::chrono::system_clock::now() &&
           client.authorized(mqtt::operation::receive, "$CONTROL/http/" + stream.wish.right);
}

void append_event(running_events& stream, const mqtt::event& what) {
    auto& out = stream.part;
    if (stream.wish.as_events)
        out.append("event: ").append(what.name).append("\ndata: ");
    out += event_text(what);
    out += stream.wish.as_events ? "\n\n" : "\n";
    --stream.left;
}

void fill(running_events& stream) {
    while (stream.left > 0 && stream.part.size() < part_bytes_max) {
        const auto next = stream.queue->take();
        if (!next)
            break;
        append_event(stream, *next);
    }
    const auto dropped = stream.queue->take_dropped();
    if (dropped == 0)
        return;
    stream.connection().context().counters.add(mqtt::metric::events_dropped,
                                               static_cast<std::int64_t>(dropped));
    append_dropped(stream.part, stream.format(), dropped);
}

boost::asio::awaitable<bool> send(running_events& stream) {
    const bool sent = co_await stream.connection().send_part(stream.part);
    stream.part.clear();
    co_return sent;
}

boost::asio::awaitable<void> run(running_events& stream) {
    auto& connection = stream.connection();
    const auto& context = connection.context();
    auto heartbeat = clock::now() + context.rules.heartbeat;
    while (!connection.over() && stream.left > 0 && !context.stopping && may_go_on(stream)) {
        fill(stream);
        const auto now = clock::now();
        if (stream.part.empty() && now >= heartbeat)
            append_heartbeat(stream.part, stream.format());
        if (stream.part.empty()) {
            co_await connection.sleep_until(heartbeat);
            continue;
        }
        heartbeat = now + context.rules.heartbeat;
        const bool sent = co_await send(stream);
        if (!sent)
            co_return;
    }
}

boost::asio::awaitable<void> finish(running_events& stream) {
    auto& connection = stream.connection();
    if (connection.over())
        co_return;
    if (connection.context().stopping && stream.left > 0)
        append_bye(stream.part, stream.format(), stream_retry);
    const bool sent = co_await send(stream);
    if (sent)
        co_await connection.end_stream();
}

void add_fields(reply& answer, const event_wish& wish) {
    answer.add("Content-Type", stream_format{.events = wish.as_events}.content_type());
    answer.add("Cache-Control", "no-store, no-transform");
    answer.add("X-Accel-Buffering", "no");
    answer.add("X-Content-Type-Options", "nosniff");
    answer.add("Vary", "Accept");
}

// Any thread tells; the reader's own is woken.
std::shared_ptr<event_queue> make_queue(http_connection& connection) {
    return std::make_shared<event_queue>(
        [reader = connection.weak_from_this(), executor = connection.executor()] {
            boost::asio::post(executor, [reader] {
                if (const auto there = reader.lock())
                    there->notify();
            });
        });
}

} // namespace

std::string event_text(const mqtt::event& what) {
    std::string at;
    append_rfc3339(at, what.at);
    nlohmann::ordered_json all{{"event", what.name}, {"ts", std::move(at)}};
    for (const auto& [name, value] : what.members)
        std::visit([&, key = std::string(name)](const auto& each) { all[key] = each; }, value);
    return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

checked<event_wish> read_event_wish(const request& asked, const query& options,
                                    std::string_view right) {
    event_wish wish{.right = std::string(right)};
    constexpr std::array<std::string_view, 3> forms{"application/x-ndjson", "text/event-stream",
                                                    "application/json"};
    const auto choice = preferred(asked.list(http_field::accept), forms);
    wish.as_events = choice && *choice == 1;
    if (const auto* named = options.find("as"); named != nullptr) {
        if (named->value != "sse" && named->value != "ndjson")
            return invalid_option("as", named->value, "sse or ndjson");
        wish.as_events = named->value == "sse";
    }
    const auto max = options.number("max", 1, std::numeric_limits<std::uint64_t>::max());
    if (!max)
        return max.error();
    wish.max = max->value_or(wish.max);
    return wish;
}

boost::asio::awaitable<void> stream_events(exchange& each, mqtt::event_hub& hub, event_wish wish) {
    auto& connection = each.connection;
    if (each.asked.is_head()) {
        add_fields(each.answer, wish);
        co_return;
    }
    running_events stream{each, wish, make_queue(connection), wish.max};
    const auto token = hub.listen([queue = stream.queue, chosen = wish.chosen](const auto& what) {
        if (!chosen || chosen(*what))
            queue->put(what);
    });
    if (!token) {
        refuse(each, {.id = problem_id::too_many_streams});
        co_return;
    }
    add_fields(each.answer, wish);
    if (wish.as_events) {
        stream.part = ": ok\nretry: " + std::to_string(stream_retry.count());
        stream.part += "\nevent: open\ndata: {}\n\n";
    }
    connection.begin_stream(each);
    connection.watch_peer();
    const bool sent = co_await send(stream);
    if (sent) {
        co_await run(stream);
        co_await finish(stream);
    }
    connection.unwatch_peer();
}

} // namespace rest
