// The part of a connection that handlers use while they wait: for the door, for the broker, for
// messages, for the peer.
#include "rest/http_connection.hpp"
#include "rest/rate_fields.hpp"
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

} // namespace

asio::awaitable<void> http_connection::settle(mqtt::operation what,
                                              std::string_view topic_or_filter) {
    settled_ = false;
    client_->settle(what, topic_or_filter, [self = shared_from_this()] {
        self->settled_ = true;
        self->notify();
    });
    while (!settled_)
        co_await sleep_until(mqtt::never);
}

asio::awaitable<mqtt::publish_outcome> http_connection::publish(const mqtt::publish_request& what) {
    outcome_.reset();
    const auto unheard_by = context_->streams->hushed_for(client_->who());
    auto done = [self = shared_from_this()](const mqtt::publish_outcome& outcome) {
        self->outcome_ = outcome;
        self->notify();
    };
    if (unheard_by.empty()) {
        client_->publish(what, std::move(done));
    } else {
        auto asked = what;
        asked.unheard_by = unheard_by;
        client_->publish(asked, std::move(done));
    }
    while (!outcome_)
        co_await sleep_until(mqtt::never);
    auto outcome = std::move(*outcome_);
    outcome_.reset();
    note_rate(outcome);
    co_return outcome;
}

void http_connection::note_rate(const mqtt::publish_outcome& outcome) {
    if (!outcome.rate)
        return;
    standing_ = outcome.rate;
    rate_fields_ = rate_fields(*outcome.rate);
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

live_feed* http_connection::open_feed(std::size_t messages_max, std::size_t bytes_max,
                                      queue_rules rules) {
    close_feed();
    if (context_->feeds >= feeds_max)
        return nullptr;
    ++context_->feeds;
    waits_ = true;
    feed_ = std::make_unique<live_feed>(
        messages_max, bytes_max, rules, [this] { notify(); },
        [this](std::uint64_t count) { count_dropped(count); });
    return feed_.get();
}

std::optional<stream_place> http_connection::open_place(std::string_view transport) {
    auto id = "s-" + std::string(context_->mark()) + "-" + std::to_string(++context_->streams_made);
    return context_->streams->open(std::move(id), std::string(transport), client_->who(),
                                   executor(), context_->rules.streams_per_user_max);
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
    auto seen = [self = shared_from_this()](error_code failure) {
        self->watch_pending_ = false;
        if (!self->watching_ || !self->stream_ || !self->stream_->socket().is_open())
            return;
        if (failure)
            self->watch_peer(); // an earlier watch was called off
        else
            self->peer_is_readable();
    };
    if (stream_->has_buffered())
        return asio::post(context_->io, [seen] { seen({}); });
    stream_->socket().async_wait(asio::ip::tcp::socket::wait_read, std::move(seen));
}

void http_connection::peer_is_readable() {
    error_code failure;
    const auto bytes = stream_->read(context_->scratch, failure);
    if (failure && failure != asio::error::would_block) {
        over_ = true; // closed, half closed or reset: nobody waits any more
        notify();
        return;
    }
    in_.append(context_->scratch.data(), bytes);
    if (upgraded_)
        notify();
    watch_peer();
}

void http_connection::unwatch_peer() {
    watching_ = false;
    error_code ignored;
    if (watch_pending_)
        stream_->socket().cancel(ignored);
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
    const auto before = out_.size();
    append_head(out_, each.answer, lines, 0);
    count_stream_begin(each.answer);
    count_sent(out_.size() - before);
}

void http_connection::begin_upgrade(exchange& each) {
    each.written = true;
    streaming_ = true;
    upgraded_ = true;
    chunked_ = false; // as an earlier answer may have been
    keep_alive_ = false;
    append_head(out_, each.answer, frame(), 0);
}

std::string http_connection::take_input() {
    auto taken = in_at_ == 0 ? std::move(in_) : in_.substr(in_at_);
    in_.clear();
    in_at_ = 0;
    if (watching_ && !watch_pending_)
        watch_peer(); // it stopped when enough was there
    return taken;
}

asio::awaitable<bool> http_connection::send_part(std::string_view bytes) {
    append_part(bytes);
    return flush();
}

void http_connection::append_part(std::string_view bytes) {
    const auto before = out_.size();
    if (chunked_ && !bytes.empty())
        append_chunk(out_, bytes);
    else
        out_ += bytes;
    count_part(out_.size() - before);
}

asio::awaitable<bool> http_connection::end_stream() {
    keep_alive_ = keep_alive_ && !context_->stopping;
    if (chunked_) {
        out_ += last_chunk;
        count_sent(last_chunk.size());
    }
    streaming_ = false;
    return flush();
}

} // namespace rest
