// The part of a connection that handlers use while they wait: for the door, for the broker, for
// messages, for the peer.
#include "rest/credentials.hpp"
#include "rest/http_connection.hpp"
#include "rest/service_context.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace rest {
namespace {

namespace asio = boost::asio;
using boost::beast::error_code;

problem unknown_caller(const request& asked, mqtt::reason reason) {
    auto told = problem_of(reason);
    if (reason == mqtt::reason::not_authorized) // nobody has been let in, so nobody was denied
        told = {.id = problem_id::not_authenticated,
                .detail = "Callers without a name that is known are not let in",
                .reason = reason};
    if (status_of(told.id) != 401)
        return told;
    told.hint = "Send a user name and a password: curl -u name:password.";
    // A script that calls fetch() deals with 401 itself; a challenge would open the browser's
    // password box.
    const auto mode = asked.field("Sec-Fetch-Mode");
    if (mode.empty() || mode == "navigate")
        told.fields.emplace_back("WWW-Authenticate",
                                 "Basic realm=\"sluice\", charset=\"UTF-8\""); // [RFC9110-11.6.1]
    return told;
}

} // namespace

std::string http_connection::peer_address() const {
    error_code failure;
    const auto end = socket_.remote_endpoint(failure);
    if (failure)
        return {};
    auto address = end.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    const auto port = ":" + std::to_string(end.port());
    return address.is_v6() ? "[" + address.to_string() + "]" + port : address.to_string() + port;
}

asio::awaitable<void> http_connection::authenticate(exchange& each) {
    const auto shown = each.asked.field(http_field::authorization);
    if (client_ && authorization_ == shown)
        co_return;
    auto presented = read_credentials(shown);
    if (!presented) {
        auto told = unknown_caller(each.asked, mqtt::reason::bad_user_name_or_password);
        told.detail = "The field Authorization cannot be read as 'Basic' credentials";
        refuse(each, told);
        co_return;
    }
    const auto username = presented->username.value_or("");
    presented->client_id = "http:" + username + ":";
    presented->client_id.append(context_->mark()).append("-").append(std::to_string(number_));
    presented->from.address = peer_address();
    verdict_.reset();
    context_->door.authenticate(
        *presented,
        [executor = socket_.get_executor()](std::function<void()> work) {
            asio::post(executor, std::move(work));
        },
        [self = shared_from_this()](mqtt::reason verdict) {
            self->verdict_ = verdict;
            self->notify();
        });
    while (!verdict_)
        co_await sleep_until(mqtt::never);
    if (*verdict_ != mqtt::reason::success) {
        refuse(each, unknown_caller(each.asked, *verdict_));
        co_return;
    }
    client_.emplace(context_->hub, context_->door,
                    mqtt::identity{username, presented->client_id, presented->from.address});
    authorization_ = shown;
}

asio::awaitable<mqtt::publish_outcome> http_connection::publish(const mqtt::publish_request& what) {
    outcome_.reset();
    client_->publish(what, [self = shared_from_this()](const mqtt::publish_outcome& outcome) {
        self->outcome_ = outcome;
        self->notify();
    });
    while (!outcome_)
        co_await sleep_until(mqtt::never);
    auto outcome = std::move(*outcome_);
    outcome_.reset();
    co_return outcome;
}

asio::awaitable<void> http_connection::sleep_until(mqtt::steady_time when) {
    if (!notified_) {
        sleeper_.expires_at(when);
        sleeping_ = true;
        co_await sleeper_.async_wait(asio::as_tuple(asio::use_awaitable));
        sleeping_ = false;
    }
    notified_ = false;
}

void http_connection::notify() {
    if (std::exchange(notified_, true) || !sleeping_)
        return;
    sleeper_.cancel();
}

live_feed* http_connection::open_feed(std::size_t messages_max, std::size_t bytes_max) {
    close_feed();
    if (context_->feeds >= feeds_max)
        return nullptr;
    ++context_->feeds;
    feed_ = std::make_unique<live_feed>(messages_max, bytes_max, [this] { notify(); });
    return feed_.get();
}

void http_connection::close_feed() {
    if (!feed_)
        return;
    feed_.reset();
    --context_->feeds;
}

void http_connection::watch_peer() {
    watching_ = true;
    // A peer that sends a great deal meanwhile is not read from, and so not watched any more.
    if (watch_pending_ || over_ || in_.size() - in_at_ >= header_bytes_max)
        return;
    watch_pending_ = true;
    socket_.async_wait(asio::ip::tcp::socket::wait_read,
                       [self = shared_from_this()](error_code failure) {
                           self->watch_pending_ = false;
                           if (!self->watching_ || !self->socket_.is_open())
                               return;
                           if (failure)
                               self->watch_peer(); // an earlier watch was called off
                           else
                               self->peer_is_readable();
                       });
}

void http_connection::peer_is_readable() {
    error_code failure;
    const auto bytes = socket_.read_some(asio::buffer(context_->scratch), failure);
    if (failure && failure != asio::error::would_block) {
        over_ = true; // closed, half closed or reset: nobody waits any more
        notify();
        return;
    }
    in_.append(context_->scratch.data(), bytes);
    watch_peer();
}

void http_connection::unwatch_peer() {
    watching_ = false;
    error_code ignored;
    if (watch_pending_)
        socket_.cancel(ignored);
}

void http_connection::begin_stream(exchange& each) {
    each.written = true;
    streaming_ = true;
    auto lines = frame();
    chunked_ = request_.version() >= 11;
    lines.chunked = chunked_;
    lines.until_close = !chunked_;
    keep_alive_ = keep_alive_ && chunked_;
    lines.keep_alive = keep_alive_;
    append_head(out_, each.answer, lines, 0);
}

asio::awaitable<bool> http_connection::send_part(std::string_view bytes) {
    if (chunked_ && !bytes.empty())
        append_chunk(out_, bytes);
    else
        out_ += bytes;
    return flush();
}

asio::awaitable<bool> http_connection::end_stream() {
    keep_alive_ = keep_alive_ && !context_->stopping;
    if (chunked_)
        out_ += last_chunk;
    streaming_ = false;
    return flush();
}

} // namespace rest
