#include "rest/json_websocket.hpp"

#include "rest/base64.hpp"
#include "rest/http_connection.hpp"
#include "rest/json_session.hpp"
#include "rest/json_text.hpp"
#include "rest/running_stream.hpp"
#include "rest/service_context.hpp"
#include "rest/topic_address.hpp"
#include "rest/websocket_frames.hpp"
#include "rest/websocket_upgrade.hpp"

#include <algorithm>
#include <utility>

namespace rest {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds auth_deadline{10}; // of the frame that says who the client is
constexpr std::chrono::seconds close_patience{2}; // for the peer's goodbye [RFC6455-7.1.1]
constexpr int silent_heartbeats_max = 4;          // then the peer is gone: it answers no ping
constexpr std::string_view transport_name = "json-websocket";

struct running_socket {
    http_connection& connection;
    websocket_reader reader;
    std::shared_ptr<json_session> session{}; // null: nobody knows yet who the client is
    std::string output{};                    // while there is no session
    bool first_frame = true;
    bool closing = false; // our goodbye is on its way
    bool closed = false;  // the peer's has come
    mqtt::steady_time token_end = mqtt::never;
    mqtt::steady_time last_heard = clock::now();
    const mqtt::steady_time auth_until = clock::now() + auth_deadline;

    std::string& out() { return session ? session->output : output; }
    void close(std::uint16_t status, std::string_view reason = {}) {
        if (!std::exchange(closing, true))
            append_close(out(), status, reason);
    }
};

void append_ready(running_socket& socket) {
    const auto& rules = socket.connection.context().rules;
    const auto& who = socket.connection.client().who();
    auto text = begin_answer("ready", std::nullopt);
    text += R"(,"client":)";
    append_json_string(text, who.client_id);
    text += R"(,"stream":)";
    append_json_string(text, socket.session->place->id());
    if (!who.anonymous()) {
        text += R"(,"user":)";
        append_json_string(text, who.username);
    }
    text += R"(,"limits":{"filters":)";
    append_number(text, filters_max);
    text += R"(,"message_bytes":)";
    append_number(text, rules.max_body_bytes);
    text += R"(,"queue":)";
    append_number(text, rules.stream_queue_max);
    text += R"(,"inflight":)";
    append_number(text, json_inflight_max);
    text += R"(,"requests":)";
    append_number(text, questions_max);
    socket.session->append(text + "}}");
}

// The client is known: it has a place from here on. False: there are too many.
bool begin_session(running_socket& socket) {
    auto place = socket.connection.open_place(transport_name);
    if (!place)
        return false;
    socket.session = std::make_shared<json_session>(socket.connection, std::move(*place));
    socket.session->output = std::exchange(socket.output, {});
    socket.token_end = steady_end_of(socket.connection.client().who());
    append_ready(socket);
    return true;
}

// {"op":"auth"}: the same credentials as in the header field Authorization.
boost::asio::awaitable<void> authenticate(running_socket& socket, const json_request& what) {
    if (socket.session)
        socket.session->close();
    socket.session.reset();
    request shown;
    shown.set_line(http_verb::get, "GET", "/ws", 11);
    const auto field = what.token.empty() ? "Basic " + base64(what.username + ":" + what.password)
                                          : "Bearer " + what.token;
    const bool fits = shown.add_field(http_field::authorization, "Authorization", field);
    exchange asked{socket.connection, shown};
    if (fits)
        co_await socket.connection.authenticate(asked);
    if (!fits || asked.answered) {
        append_text_frame(socket.output,
                          error_answer(what.number, {.id = problem_id::not_authenticated}));
        socket.close(websocket_status::policy, "not authenticated");
        co_return;
    }
    if (begin_session(socket))
        co_return;
    append_text_frame(socket.output,
                      error_answer(what.number, {.id = problem_id::too_many_streams}));
    socket.close(websocket_status::try_again, "too many streams");
}

boost::asio::awaitable<void> take_text(running_socket& socket) {
    const bool first = std::exchange(socket.first_frame, false);
    auto read = read_json_request(socket.reader.payload());
    std::string().swap(socket.reader.payload());
    if (!read) {
        append_text_frame(socket.out(), error_answer(read.error().number, read.error().why));
        co_return;
    }
    if (read->op == json_op::auth && first) {
        co_await authenticate(socket, *read);
        co_return;
    }
    if (socket.session) {
        co_await socket.session->take(std::move(*read));
        co_return;
    }
    append_text_frame(
        socket.output,
        error_answer(read->number,
                     {.id = problem_id::not_authenticated,
                      .hint = R"(Send {"op":"auth","token":"..."} as the first frame.)"}));
    socket.close(websocket_status::policy, "not authenticated");
}

// Everything that the peer has said so far, as far as there is room for the answers.
boost::asio::awaitable<void> read_frames(running_socket& socket) {
    while (!socket.closed && !socket.connection.over() &&
           (!socket.session || socket.session->has_room())) {
        using event = websocket_reader::event;
        switch (socket.reader.next()) {
        case event::nothing: {
            auto bytes = socket.connection.take_input();
            if (bytes.empty())
                co_return;
            socket.last_heard = clock::now();
            socket.reader.put(std::move(bytes));
            break;
        }
        case event::text:
            if (!socket.closing)
                co_await take_text(socket);
            break;
        case event::ping:
            append_pong(socket.out(), socket.reader.payload());
            break;
        case event::pong:
            break;
        case event::close:
            socket.close(socket.reader.status());
            socket.closed = true;
            break;
        case event::broken:
            // What still comes is read and thrown away: unread bytes would reset the connection,
            // and the peer would never learn why.
            socket.close(socket.reader.status());
            break;
        }
    }
}

void say_bye(running_socket& socket, mqtt::reason why, std::uint16_t status,
             std::string_view reason) {
    auto text = begin_answer("bye", std::nullopt);
    text += R"(,"reason":)";
    append_json_string(text, reason);
    text += R"(,"reason_code":)";
    append_number(text, mqtt::to_byte(why));
    append_text_frame(socket.out(), text + '}');
    socket.close(status, reason);
}

// Whether it has to end though the peer would go on; then the goodbye is written.
void look_at_the_clock(running_socket& socket, mqtt::steady_time now) {
    auto& context = socket.connection.context();
    const auto silence = silent_heartbeats_max * context.rules.heartbeat;
    if (socket.closing)
        return;
    if (context.stopping)
        return say_bye(socket, mqtt::reason::server_shutting_down, websocket_status::going_away,
                       "the server stops");
    if (socket.session && socket.session->is_ordered_to_end())
        return say_bye(socket, mqtt::reason::administrative_action, websocket_status::going_away,
                       "ended by request");
    if (now >= socket.token_end) {
        context.streams->note_expired(socket.connection.shown_credentials());
        return say_bye(socket, mqtt::reason::not_authorized, websocket_status::policy,
                       "auth-expired");
    }
    if (now >= (socket.session ? socket.last_heard + silence : socket.auth_until))
        socket.close(websocket_status::policy, "nothing was heard in time");
}

boost::asio::awaitable<bool> send(running_socket& socket) {
    const auto frames = std::exchange(socket.out(), {});
    const bool sent = co_await socket.connection.send_part(frames);
    co_return sent;
}

boost::asio::awaitable<void> serve(running_socket& socket) {
    const auto heartbeat = socket.connection.context().rules.heartbeat;
    auto next_ping = clock::now() + heartbeat;
    const bool opened = co_await send(socket); // the handshake, whether or not there is a frame
    if (!opened)
        co_return;
    while (!socket.connection.over()) {
        co_await read_frames(socket);
        const auto now = clock::now();
        if (socket.session && !socket.closing)
            socket.session->fill(now);
        look_at_the_clock(socket, now);
        if (socket.out().empty() && now >= next_ping)
            append_ping(socket.out());
        if (!socket.out().empty()) {
            next_ping = now + heartbeat;
            const bool sent = co_await send(socket);
            if (!sent || socket.closing)
                co_return;
            continue;
        }
        auto next = std::min(next_ping, socket.token_end);
        if (socket.session)
            next = std::min(next, socket.session->next_moment());
        else
            next = std::min(next, socket.auth_until);
        co_await socket.connection.sleep_until(next);
    }
}

// We have said goodbye first: the peer has a moment to answer, so that it sees why.
boost::asio::awaitable<void> await_goodbye(running_socket& socket) {
    const auto deadline = clock::now() + close_patience;
    while (!socket.closed && !socket.connection.over() && clock::now() < deadline &&
           !socket.connection.context().stopping) {
        co_await read_frames(socket);
        if (!socket.closed)
            co_await socket.connection.sleep_until(deadline);
    }
}

bool shows_credentials(const exchange& each) {
    return each.asked.has_field(http_field::authorization) ||
           each.asked.has_field(http_field::cookie) || each.options.find("ticket") != nullptr;
}

} // namespace

boost::asio::awaitable<void> open_json_websocket(exchange& each) {
    const auto offered = each.asked.list(http_field::sec_websocket_protocol);
    if (!lists_token(offered, json_subprotocol) && !mqtt_subprotocol(offered).empty()) {
        co_await open_mqtt(each);
        co_return;
    }
    if (!check_handshake(each, "/ws", json_subprotocol))
        co_return;
    if (!lists_token(offered, json_subprotocol)) {
        refuse_subprotocol(each, offered, json_subprotocol);
        co_return;
    }
    auto& connection = each.connection;
    co_await connection.authenticate(each);
    const bool known = !each.answered;
    if (!known && shows_credentials(each))
        co_return;
    running_socket socket{connection, websocket_reader(connection.context().rules.max_body_bytes)};
    if (known && !begin_session(socket)) {
        refuse(each, {.id = problem_id::too_many_streams, .fields = {{"Retry-After", "10"}}});
        co_return;
    }
    each.answer = {};
    each.answered = false;
    accept_handshake(each, json_subprotocol);
    connection.on_abandon([&socket] {
        if (socket.session)
            socket.session->close();
    });
    connection.begin_upgrade(each);
    connection.watch_peer();
    co_await serve(socket);
    if (socket.session)
        socket.session->close();
    if (socket.closing)
        co_await await_goodbye(socket);
    connection.unwatch_peer();
    connection.on_abandon(nullptr);
}

} // namespace rest
