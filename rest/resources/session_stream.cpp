// A session as server-sent events: each message is sent once, and is acknowledged by the reader's
// next request, whose Last-Event-ID says how far it came.
#include "mqtt/broker/local_client.hpp"
#include "rest/answer_of.hpp"
#include "rest/resources/sessions.hpp"
#include "rest/service_context.hpp"
#include "rest/session_access.hpp"
#include "rest/session_document.hpp"
#include "rest/stream_format.hpp"

#include <chrono>
#include <utility>

namespace rest {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t messages_per_write = 100;
// Leases of a stream last for 60 s after its last sign of life.
constexpr std::chrono::seconds sign_of_life_max{20};

struct running_session {
    exchange& each;
    const mqtt::pull_session& session;
    std::uint64_t holder;
    bool parse = false;
    std::string part{};

    http_connection& connection() const { return each.connection; }
    bool goes_on() const { return !connection().over() && !connection().context().stopping; }
};

void append_event(std::string& out, const mqtt::pull_message& what, bool parse) {
    out += "id: " + mqtt::public_id(what.what->id()) + "\ndata: ";
    append_pulled_message(out, what, parse); // one line: JSON escapes what would end it
    out += "\n\n";
}

// Why the server ends the stream; who reads it may come again, unless the session is gone.
std::string_view farewell(mqtt::pull_event why) {
    switch (why) {
    case mqtt::pull_event::taken_over:
        return "taken-over";
    case mqtt::pull_event::replaced:
        return "replaced";
    default:
        return "ended";
    }
}

boost::asio::awaitable<bool> send(running_session& stream) {
    const bool sent = co_await stream.connection().send_part(stream.part);
    stream.part.clear();
    co_return sent;
}

// Everything that can be had now. false: the caller has gone, or the session (`why`).
boost::asio::awaitable<bool> send_waiting(running_session& stream,
                                          std::optional<mqtt::pull_event>& why) {
    for (;;) {
        const auto batch =
            co_await answer_of<mqtt::pull_batch>(stream.connection(), [&](auto done) {
                stream.session.lease(messages_per_write, {}, stream.holder, std::move(done));
            });
        if (batch.outcome != mqtt::pull_outcome::success) {
            why = batch.outcome == mqtt::pull_outcome::taken_over ? mqtt::pull_event::taken_over
                                                                  : mqtt::pull_event::ended;
            co_return false;
        }
        if (batch.messages.empty())
            co_return true;
        for (const auto& each : batch.messages)
            append_event(stream.part, each, stream.parse);
        const bool sent = co_await send(stream);
        if (!sent || !stream.goes_on())
            co_return false;
    }
}

std::optional<mqtt::pull_event> happened(const session_watch& watch,
                                         const session_watch& replaced) {
    return replaced.heard() ? mqtt::pull_event::replaced : watch.heard();
}

boost::asio::awaitable<void> run(running_session& stream, session_watch& replaced) {
    session_watch watch(stream.connection());
    const auto pause = std::min<std::chrono::seconds>(stream.connection().context().rules.heartbeat,
                                                      sign_of_life_max);
    auto next_sign = clock::now() + pause;
    std::optional<mqtt::pull_event> why;
    bool listening = false;
    while (stream.goes_on() && !why) {
        if (!listening) {
            const bool fine = co_await send_waiting(stream, why);
            if (!fine)
                break;
            watch.begin(stream.session);
            listening = true;
        }
        // What was told while another answer was awaited does not end this sleep.
        if (!happened(watch, replaced))
            co_await stream.connection().sleep_until(next_sign);
        const auto what = happened(watch, replaced);
        if (what == mqtt::pull_event::ready)
            listening = false;
        else
            why = what;
        if (why || clock::now() < next_sign)
            continue;
        next_sign = clock::now() + pause;
        stream.session.keep_stream(stream.holder);
        append_heartbeat(stream.part, {.events = true});
        const bool sent = co_await send(stream);
        if (!sent)
            break;
    }
    if (stream.connection().over())
        co_return;
    if (replaced.heard()) // also where the session refused the old stream before it looked
        why = mqtt::pull_event::replaced;
    if (why)
        stream.part += "event: " + std::string(farewell(*why)) + "\ndata: {}\n\n";
    else if (stream.connection().context().stopping)
        append_bye(stream.part, {.events = true}, stream_retry);
    const bool sent = co_await send(stream);
    if (sent)
        co_await stream.connection().end_stream();
}

// What the caller has is acknowledged. False: the exchange is refused.
boost::asio::awaitable<bool> take_last_event(exchange& each, const mqtt::pull_session& session) {
    const auto last = each.asked.field("Last-Event-ID");
    const auto id = mqtt::parse_public_id(last);
    if (!id)
        co_return true; // of an earlier run, or none: nothing is acknowledged
    const auto count = co_await answer_of<mqtt::pull_count>(
        each.connection, [&](auto done) { session.acknowledge_up_to(*id, true, std::move(done)); });
    if (count.outcome == mqtt::pull_outcome::success)
        co_return true;
    refuse_session(each, count.outcome);
    co_return false;
}

void add_fields(exchange& each) {
    each.answer.add("Content-Type", "text/event-stream");
    each.answer.add("Cache-Control", "no-store, no-transform");
    each.answer.add("X-Accel-Buffering", "no");
    each.answer.add("X-Content-Type-Options", "nosniff");
}

// requires: the stream has begun at the session
boost::asio::awaitable<void> serve(running_session& stream, session_watch& replaced) {
    const bool fine = co_await take_last_event(stream.each, stream.session);
    if (!fine)
        co_return;
    add_fields(stream.each);
    stream.connection().begin_stream(stream.each);
    stream.part = "retry: " + std::to_string(stream_retry.count()) + "\n\n";
    stream.connection().watch_peer();
    const bool sent = co_await send(stream); // the head at once, whether or not there is a message
    if (sent)
        co_await run(stream, replaced);
    stream.connection().unwatch_peer();
}

} // namespace

boost::asio::awaitable<void> stream_session(exchange& each) {
    if (const auto fine = check_session_options(each.options, {"parse"}); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto parse = wants_parsed(each.options);
    if (!parse) {
        refuse(each, parse.error());
        co_return;
    }
    const auto session = session_of(each);
    if (!session)
        co_return;
    if (each.asked.is_head()) { // nothing is sent, and nobody is disturbed
        add_fields(each);
        co_return;
    }
    auto& context = each.connection.context();
    if (context.feeds >= feeds_max) {
        refuse(each, {.id = problem_id::too_many_streams});
        co_return;
    }
    const bool sent = co_await each.connection.flush();
    if (!sent)
        co_return;
    // Of this process one of a kind: another shard's random number is another one.
    const auto holder =
        std::uint64_t{context.random()} << 32U | (++context.streams_made & UINT32_MAX);
    session_watch replaced(each.connection);
    const auto begun = co_await answer_of<mqtt::pull_outcome>(each.connection, [&](auto done) {
        session->begin_stream(holder, replaced.ear(), std::move(done));
    });
    if (begun != mqtt::pull_outcome::success) {
        refuse_session(each, begun);
        co_return;
    }
    ++context.feeds;
    running_session stream{each, *session, holder, *parse};
    co_await serve(stream, replaced);
    --context.feeds;
    session->end_stream(holder);
}

} // namespace rest
