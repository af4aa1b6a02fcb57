#include "gateway/listeners/handshake.hpp"

#include "gateway/logging.hpp"

#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

namespace gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

} // namespace

handshake::handshake(tcp::socket socket, std::shared_ptr<const tls_context> by, std::string who,
                     std::uint16_t realm, std::uint16_t port, finished done)
    : by_(std::move(by)),
      stream_(std::make_unique<net::tls_stream>(std::move(socket), by_->engine())),
      timer_(stream_->socket().get_executor()), who_(std::move(who)), realm_(realm), port_(port),
      done_(std::move(done)) {}

void handshake::start(tcp::socket socket, std::shared_ptr<const tls_context> by, std::string who,
                      std::uint16_t realm, std::uint16_t port, finished done) {
    const std::shared_ptr<handshake> made(new handshake(
        std::move(socket), std::move(by), std::move(who), realm, port, std::move(done)));
    made->timer_.expires_after(handshake_deadline);
    made->timer_.async_wait([held = std::weak_ptr(made)](const error_code& called_off) {
        const auto self = held.lock();
        if (called_off || !self || !self->stream_)
            return;
        self->late_ = true;
        if (std::exchange(self->waiting_, nullptr) != nullptr) {
            // The callback that waits comes to its end, or its stack would never be given back.
            tls_context::take_answer(*self->stream_, std::nullopt);
            self->stream_->shake_hands();
            return self->fail("it took too long");
        }
        error_code ignored; // the wait that is under way ends with it
        self->stream_->socket().cancel(ignored);
    });
    made->go_on();
}

void handshake::go_on() {
    using step = net::tls_stream::step;
    switch (stream_->shake_hands()) {
    case step::done:
        timer_.cancel();
        return done_(std::move(stream_));
    case step::wait_readable:
        return wait(tcp::socket::wait_read);
    case step::wait_writable:
        return wait(tcp::socket::wait_write);
    case step::wait_for_answer:
        return wait_for_answer();
    case step::failed:
        return fail(by_->problem_of(*stream_));
    }
}

void handshake::wait(tcp::socket::wait_type what) {
    stream_->socket().async_wait(what, [self = shared_from_this()](const error_code& failure) {
        if (self->late_)
            return self->fail("it took too long");
        if (failure) // the context is at its end
            return self->done_(nullptr);
        self->go_on();
    });
}

void handshake::wait_for_answer() {
    mqtt::entry from;
    from.address = who_;
    from.realm = realm_;
    waiting_ = shared_from_this(); // nothing else holds it until the answer or the deadline
    by_->ask(*stream_, from,
             [held = weak_from_this(),
              executor = stream_->socket().get_executor()](std::optional<std::string> key) {
                 boost::asio::post(executor, [held, key = std::move(key)] {
                     const auto self = held.lock();
                     if (!self || !self->stream_ || self->late_)
                         return;
                     tls_context::take_answer(*self->stream_, key);
                     self->waiting_.reset();
                     self->go_on();
                 });
             });
}

void handshake::fail(const std::string& why) {
    timer_.cancel();
    log::connection("TLS handshake with {} on port {} failed: {}.", who_, port_, why);
    stream_.reset();
    done_(nullptr);
}

} // namespace gateway
