// The part of a connection that takes the bodies of requests: as a whole before the handler is
// called, or part by part by the handler, which may answer at the same time.
#include "rest/http_connection.hpp"
#include "rest/router.hpp"
#include "rest/service_context.hpp"

#include <boost/asio/socket_base.hpp>
#include <boost/beast/http/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace rest {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;

// Whoever says nothing for so long is asked by TCP, so often and so many times, whether he is
// there.
constexpr int keepalive_idle_seconds = 60;
constexpr int keepalive_interval_seconds = 15;
constexpr int keepalive_probes = 4;

} // namespace

// Whether the body that is announced is one that the route takes.
bool http_connection::fits(exchange& each) {
    if (each.row->body == body_kind::in_parts ||
        parser_->limit_body(context_->rules.max_body_bytes))
        return true;
    refuse_arrival(each, arrival::unreadable, http::error::body_limit);
    return false;
}

asio::awaitable<http_connection::arrival> http_connection::read_body(error_code& failure) {
    expect_within(body_stall);
    for (;;) {
        while (has_input() && !parser_->is_done()) {
            const auto taken = parse(failure);
            if (failure)
                co_return arrival::unreadable;
            if (taken == 0)
                break;
        }
        if (parser_->is_done())
            co_return arrival::complete;
        const bool sent = co_await flush();
        if (!sent)
            co_return arrival::gone;
        expect_within(body_stall);
        const bool came = co_await read_some();
        if (!came)
            co_return overdue_ ? arrival::late : arrival::gone;
    }
}

// After a refusal: the connection goes on only if the rest of the request is here already.
void http_connection::skip_body() {
    error_code failure;
    while (has_input() && !parser_->is_done() && !failure)
        if (parse(failure) == 0)
            break;
    keep_alive_ = keep_alive_ && !failure && parser_->is_done();
}

// A sender who vanished without a word would be waited for for as long as he may be silent.
void http_connection::keep_watching() {
    auto& socket = stream_->socket();
    error_code ignored;
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    const auto set = [&](int option, int value) {
        ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
    };
    set(TCP_KEEPIDLE, keepalive_idle_seconds);
    set(TCP_KEEPINTVL, keepalive_interval_seconds);
    set(TCP_KEEPCNT, keepalive_probes);
}

asio::awaitable<checked<std::string_view>> http_connection::next_part(bool may_pause) {
    request_.body.clear();
    expect_within(may_pause ? upload_pause_max : body_stall);
    while (!over_) {
        error_code failure;
        while (has_input() && !parser_->is_done())
            if (parse(failure) == 0 || failure)
                break;
        if (failure) {
            deadline_ = mqtt::never;
            co_return fault_of(arrival::unreadable, failure);
        }
        if (!request_.body.empty() || parser_->is_done())
            break;
        push();
        if (!std::exchange(uploading_, true))
            keep_watching();
        bool came = false;
        if (!context_->stopping)
            came = co_await read_some();
        if (came)
            continue;
        deadline_ = mqtt::never;
        if (context_->stopping && !over_)
            co_return problem{.id = problem_id::shutting_down};
        if (overdue_ && !over_)
            co_return fault_of(arrival::late, {});
        over_ = true;
    }
    deadline_ = mqtt::never;
    co_return std::string_view(request_.body);
}

void http_connection::put_part(std::string_view bytes) {
    append_part(bytes);
    push();
}

void http_connection::push() {
    if (out_.empty() || over_)
        return;
    error_code failure;
    const iovec all{out_.data(), out_.size()};
    out_.erase(0, stream_->write({&all, 1}, failure));
    if (failure && failure != asio::error::would_block)
        over_ = true;
    pushing_ = !out_.empty() && !over_;
    if (!pushing_ || std::exchange(push_pending_, true))
        return;
    stream_->socket().async_wait(
        asio::ip::tcp::socket::wait_write, [self = shared_from_this()](error_code waited) {
            self->push_pending_ = false;
            if (self->pushing_ && !waited && self->stream_ && self->stream_->socket().is_open())
                self->push();
        });
}

} // namespace rest
