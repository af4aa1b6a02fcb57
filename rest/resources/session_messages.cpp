// The messages of a session: looked at, leased, acknowledged, given back.
#include "rest/answer_of.hpp"
#include "rest/long_poll.hpp"
#include "rest/resources/sessions.hpp"
#include "rest/service_context.hpp"
#include "rest/session_access.hpp"
#include "rest/session_document.hpp"

#include <chrono>
#include <functional>
#include <utility>

namespace rest {
namespace {

using clock = std::chrono::steady_clock;

struct reading {
    std::size_t max = messages_by_default;
    bool lease = false;
    std::optional<std::chrono::seconds> term{};
    std::optional<std::chrono::seconds> wait{};
    bool told = false; // the wait, in Preference-Applied
    bool parse = false;
};

boost::asio::awaitable<mqtt::pull_batch>
read_once(exchange& each, const mqtt::pull_session& session, const reading& how) {
    return answer_of<mqtt::pull_batch>(each.connection, [session, how](auto done) {
        if (how.lease)
            session.lease(how.max, how.term, 0, std::move(done));
        else
            session.peek(how.max, std::move(done));
    });
}

// An event that ends the wait with a refusal.
bool is_refused(exchange& each, std::optional<mqtt::pull_event> heard) {
    if (!heard || *heard == mqtt::pull_event::ready)
        return false;
    if (*heard == mqtt::pull_event::refused)
        refuse(each, {.id = problem_id::too_many_streams,
                      .detail = "So many wait for messages of one session already: " +
                                std::to_string(mqtt::pull_waiting_max)});
    else
        refuse_session(each, *heard == mqtt::pull_event::taken_over
                                 ? mqtt::pull_outcome::taken_over
                                 : mqtt::pull_outcome::no_such_session);
    return true;
}

void show(exchange& each, const mqtt::pull_batch& batch, bool parse) {
    each.answer.add("Cache-Control", "no-store");
    if (batch.messages.empty())
        each.answer.status = 204;
    else
        each.answer.set_body("application/json", messages_document(batch, parse));
}

// Asks again whenever there may be something, until there is or the time is over.
boost::asio::awaitable<void> read_or_wait(exchange& each, const mqtt::pull_session& session,
                                          const reading& how) {
    auto& connection = each.connection;
    const auto deadline = clock::now() + how.wait.value_or(std::chrono::seconds(0));
    session_watch watch(connection);
    mqtt::pull_batch batch;
    for (;;) {
        batch = co_await read_once(each, session, how);
        if (batch.outcome != mqtt::pull_outcome::success) {
            refuse_session(each, batch.outcome);
            co_return;
        }
        if (!batch.messages.empty() || clock::now() >= deadline)
            break;
        watch.begin(session);
        while (!watch.heard() && !connection.over() && !connection.context().stopping &&
               clock::now() < deadline)
            co_await connection.sleep_until(deadline);
        if (connection.over() || is_refused(each, watch.heard()))
            co_return; // nothing is leased to somebody who has gone
        if (connection.context().stopping) {
            refuse(each, problem_of(mqtt::reason::server_shutting_down));
            co_return;
        }
    }
    show(each, batch, how.parse);
}

boost::asio::awaitable<void> read_messages(exchange& each, const mqtt::pull_session& session,
                                           const reading& how) {
    auto& connection = each.connection;
    auto& context = connection.context();
    if (!how.wait) {
        co_await read_or_wait(each, session, how);
        co_return;
    }
    if (context.feeds >= feeds_max) {
        refuse(each, {.id = problem_id::too_many_streams});
        co_return;
    }
    const bool sent = co_await connection.flush();
    if (!sent)
        co_return;
    ++context.feeds;
    connection.watch_peer();
    co_await read_or_wait(each, session, how);
    connection.unwatch_peer();
    --context.feeds;
    if (how.told)
        each.answer.add("Preference-Applied", "wait=" + std::to_string(how.wait->count()));
}

using count_call = std::function<void(std::function<void(mqtt::pull_count)>)>;

// Answers how many messages a call found, under this name.
boost::asio::awaitable<void> show_count(exchange& each, std::string_view name, count_call call) {
    const auto found = co_await answer_of<mqtt::pull_count>(each.connection, std::move(call));
    if (found.outcome != mqtt::pull_outcome::success)
        refuse_session(each, found.outcome);
    else
        each.answer.set_body("application/json", count_document(name, found.messages));
}

struct named_call {
    mqtt::pull_session session;
    named_messages messages;
};

// What the path and the body name. Nothing: the exchange is refused.
std::optional<named_call> read_call(exchange& each, naming what) {
    if (const auto fine = check_session_options(each.options, {}); !fine) {
        refuse(each, fine.error());
        return std::nullopt;
    }
    auto session = session_of(each);
    if (!session)
        return std::nullopt;
    auto messages = read_named_messages(each.asked.body, what);
    if (!messages) {
        refuse(each, messages.error());
        return std::nullopt;
    }
    return named_call{std::move(*session), std::move(*messages)};
}

} // namespace

boost::asio::awaitable<void> read_session_messages(exchange& each) {
    if (const auto fine = check_session_options(each.options, {"max", "wait", "parse"}); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto session = session_of(each);
    if (!session)
        co_return;
    reading how;
    const auto max = each.options.number("max", 1, mqtt::pull_messages_max);
    const auto wait =
        read_wait(each.asked, each.options, each.connection.context().rules.long_poll_max);
    const auto parse = wants_parsed(each.options);
    if (!max || !wait || !parse) {
        refuse(each, !max ? max.error() : !wait ? wait.error() : parse.error());
        co_return;
    }
    how.max = static_cast<std::size_t>(max->value_or(messages_by_default));
    how.parse = *parse;
    if (*wait) {
        how.wait = (*wait)->time;
        how.told = (*wait)->by_preference || (*wait)->clamped;
    }
    co_await read_messages(each, *session, how);
}

boost::asio::awaitable<void> pull_session_messages(exchange& each) {
    if (const auto fine = check_session_options(each.options, {"parse"}); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto session = session_of(each);
    if (!session)
        co_return;
    const auto wish = read_pull_wish(each.asked.body);
    const auto parse = wants_parsed(each.options);
    if (!wish || !parse) {
        refuse(each, !wish ? wish.error() : parse.error());
        co_return;
    }
    const auto longest = each.connection.context().rules.long_poll_max;
    reading how{wish->max, true, wish->lease, wish->wait, false, *parse};
    if (how.wait && *how.wait > longest) {
        how.wait = longest;
        how.told = true;
    }
    co_await read_messages(each, *session, how);
}

boost::asio::awaitable<void> acknowledge_session_messages(exchange& each) {
    auto call = read_call(each, naming::acknowledge);
    if (!call)
        co_return;
    const count_call ask = [call = std::move(*call)](auto done) {
        if (!call.messages.by_up_to)
            call.session.acknowledge(call.messages.ids, std::move(done));
        else if (call.messages.up_to)
            call.session.acknowledge_up_to(*call.messages.up_to, false, std::move(done));
        else // of an earlier run: as good as acknowledged
            call.session.acknowledge({}, std::move(done));
    };
    co_await show_count(each, "acknowledged", ask);
}

boost::asio::awaitable<void> return_session_messages(exchange& each) {
    auto call = read_call(each, naming::give_back);
    if (!call)
        co_return;
    const count_call ask = [call = std::move(*call)](auto done) {
        call.session.give_back(call.messages.ids, call.messages.delay, std::move(done));
    };
    co_await show_count(each, "returned", ask);
}

boost::asio::awaitable<void> extend_session_leases(exchange& each) {
    auto call = read_call(each, naming::extend);
    if (!call)
        co_return;
    const count_call ask = [call = std::move(*call)](auto done) {
        call.session.extend(call.messages.ids, call.messages.lease, std::move(done));
    };
    co_await show_count(each, "extended", ask);
}

} // namespace rest
