#include "rest/long_poll.hpp"

#include "rest/accept.hpp"
#include "rest/conditions.hpp"
#include "rest/http_connection.hpp"
#include "rest/message_reply.hpp"
#include "rest/replay.hpp"
#include "rest/service_context.hpp"

#include <array>
#include <utility>

namespace rest {
namespace {

checked<message_form> form_of(const exchange& each) {
    message_form form;
    const auto parse = wants_parsed(each.options);
    if (!parse)
        return parse.error();
    form.parse = *parse;
    if (const auto* named = each.options.find("as"); named != nullptr) {
        if (named->value != "raw" && named->value != "json" && named->value != "text")
            return invalid_option("as", named->value, "raw or json");
        form.envelope = named->value == "json";
        return form;
    }
    constexpr std::array<std::string_view, 4> served{"text/plain", "application/octet-stream",
                                                     "text/html", "application/json"};
    const auto choice = preferred(each.asked.list(http_field::accept), served);
    form.envelope = choice && *choice == 3;
    return form;
}

// Sleeps until a message is there. false: none came, or nobody waits any more.
boost::asio::awaitable<bool> next_message(http_connection& connection, live_feed& feed,
                                          mqtt::steady_time deadline, message_queue::entry& next) {
    while (!connection.over() && !connection.context().stopping) {
        if (feed.queue.take(next))
            co_return true;
        if (std::chrono::steady_clock::now() >= deadline)
            co_return false;
        co_await connection.sleep_until(deadline);
    }
    co_return false;
}

} // namespace

checked<std::optional<wait_time>> read_wait(const request& asked, const query& options,
                                            std::chrono::seconds most) {
    constexpr std::uint64_t day = 86'400; // longer is a mistake rather than patience
    wait_time wanted;
    const auto option = options.number("wait", 0, day);
    if (!option)
        return option.error();
    auto seconds = *option;
    if (!seconds) {
        const auto preferred_text = preference(asked, "wait");
        seconds = preferred_text ? parse_number(*preferred_text) : std::nullopt;
        wanted.by_preference = seconds.has_value();
    }
    if (!seconds)
        return std::optional<wait_time>{};
    const auto most_seconds = static_cast<std::uint64_t>(most.count());
    wanted.clamped = *seconds > most_seconds;
    wanted.time = std::chrono::seconds(wanted.clamped ? most_seconds : *seconds);
    return std::optional{wanted};
}

namespace {

struct polled {
    mqtt::message_ptr what; // null: nothing came
    std::uint64_t cursor = 0;
    bool gap = false;
};

// The first message that came after the one that the caller knows, if there is one.
boost::asio::awaitable<void> look_back(exchange& each, const std::vector<std::string>& filters,
                                       const resume_point& from, polled& found) {
    replay past(each.connection, each.connection.context().past, filters, from);
    found.gap = !past.is_possible();
    if (found.gap)
        co_return;
    for (;;) { // until there is one that has not expired
        const auto next = co_await past.next(1);
        found.gap = !next || next->gap;
        if (found.gap)
            co_return;
        if (!next->messages.empty())
            found.what = next->messages.front();
        if (found.what || next->last)
            break;
    }
    if (from.after && !found.what)
        found.cursor = *from.after; // nothing came: it is as good as before
}

// Where to go on, for the next poll.
void add_cursor(exchange& each, const polled& found) {
    const auto cursor = mqtt::public_id(found.what ? found.what->id() : found.cursor);
    each.answer.add("Mqtt-Cursor", cursor);
    each.answer.add("Link", "<" + uri_with(each, "after", cursor) + ">; rel=\"next\"");
    if (found.gap)
        each.answer.add("Mqtt-Gap", "1");
}

} // namespace

boost::asio::awaitable<void> wait_for_message(exchange& each, std::vector<std::string> filters,
                                              wait_time how_long) {
    const auto form = form_of(each);
    if (!form) {
        refuse(each, form.error());
        co_return;
    }
    const auto resume = read_resume(each.asked, each.options, std::chrono::system_clock::now());
    if (!resume) {
        refuse(each, resume.error());
        co_return;
    }
    auto& connection = each.connection;
    const bool sent = co_await connection.flush();
    if (!sent)
        co_return;
    const auto deadline = std::chrono::steady_clock::now() + how_long.time;
    auto* feed = connection.open_feed(connection.context().rules.stream_queue_max, feed_bytes_max);
    if (feed == nullptr) {
        refuse(each, {.id = problem_id::too_many_streams});
        co_return;
    }
    const mqtt::subscribe_request wanted{std::move(filters), mqtt::qos::exactly_once,
                                         mqtt::retained_delivery::none};
    polled found{nullptr, connection.client().newest_id(), false};
    const auto outcome = feed->subscribe(connection.client(), wanted);
    if (outcome != mqtt::reason::success) {
        connection.close_feed();
        refuse(each, problem_of(outcome));
        co_return;
    }
    connection.watch_peer();
    if (resume->is_named())
        co_await look_back(each, wanted.filters, *resume, found);
    message_queue::entry next;
    if (!found.what) {
        const bool came = co_await next_message(connection, *feed, deadline, next);
        if (came)
            found.what = std::move(next.what);
    }
    connection.unwatch_peer();
    connection.close_feed();
    if (how_long.by_preference || how_long.clamped)
        each.answer.add("Preference-Applied", "wait=" + std::to_string(how_long.time.count()));
    if (found.what) {
        show_message(each, *found.what, false, *form);
        add_cursor(each, found);
    } else if (connection.context().stopping) {
        refuse(each, problem_of(mqtt::reason::server_shutting_down));
    } else {
        each.answer.status = 204;
        each.answer.add("Cache-Control", "no-store");
        add_cursor(each, found);
    }
}

} // namespace rest
