#include "mqtt/driver/connection_driver.hpp"

#include "mqtt/driver/shard.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <utility>

namespace mqtt {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t gather_max = 64; // parts of one write
constexpr int reads_at_once_max = 4;   // buffers from one connection before others have their turn
constexpr std::size_t kept_capacity = 4096; // an idle connection keeps no more than this

} // namespace

connection_driver::connection_driver(shard& home, std::unique_ptr<net::stream> bytes,
                                     std::unique_ptr<websocket_framing> framing,
                                     const listener_limits& bounds, std::shared_ptr<const entry> by,
                                     std::shared_ptr<void> ticket)
    : home_(home), stream_(std::move(bytes)), framing_(std::move(framing)),
      machine_(home.hub().room(), *this, bounds, std::move(by)), ticket_(std::move(ticket)) {}

connection_driver::~connection_driver() = default;

void connection_driver::start(std::string already_read, bool unframed) {
    home_.enter();
    home_.hub().opened(machine_);
    bool alive = true;
    if (!already_read.empty())
        alive = unframed || !framing_ ? feed(already_read) : take(already_read);
    if (alive)
        wait_readable();
}

void connection_driver::wait_readable() {
    if (reading_ || closed_)
        return;
    reading_ = true;
    auto go_on = [self = boost::intrusive_ptr(this)](const error_code& failure) {
        self->reading_ = false;
        if (!failure && !self->closed_)
            self->on_readable();
    };
    if (stream_->has_buffered()) // the socket has nothing more to announce
        return home_.later([go_on] { go_on({}); });
    stream_->socket().async_wait(tcp::socket::wait_read, std::move(go_on));
}

void connection_driver::wait_writable() {
    if (writing_ || closed_)
        return;
    writing_ = true;
    stream_->socket().async_wait(tcp::socket::wait_write,
                                 [self = boost::intrusive_ptr(this)](const error_code& failure) {
                                     self->writing_ = false;
                                     if (failure || self->closed_)
                                         return;
                                     self->home_.enter();
                                     self->flush();
                                     self->after_drain();
                                 });
}

void connection_driver::on_readable() {
    home_.enter();
    auto& buffer = home_.buffer();
    for (int reads = 0; reads < reads_at_once_max; ++reads) {
        error_code failure;
        const auto bytes = stream_->read(buffer, failure);
        if (failure == boost::asio::error::would_block)
            break;
        if (failure)
            return close();
        count(metric::bytes_received, bytes);
        if (!take(std::span(buffer).first(bytes)))
            return;
        if (bytes < buffer.size())
            break; // that was all; the wait tells if more came meanwhile
    }
    wait_readable();
}

// False when nothing more is to be read for now.
bool connection_driver::take(std::span<char> bytes) {
    if (!framing_)
        return feed({bytes.data(), bytes.size()});
    const auto size = framing_->decode(bytes);
    const bool more = size == 0 || feed({bytes.data(), size});
    if (closed_) // the framing may be in other hands
        return false;
    if (framing_->now() == websocket_framing::state::closed) {
        flush();
        close();
    } else if (framing_->has_unsent()) {
        flush();
    }
    return more && !closed_;
}

bool connection_driver::feed(std::string_view input) {
    if (!pending_.empty()) {
        pending_.append(input);
        input = pending_;
    }
    const auto outcome = home_.hub().receive(machine_, input);
    if (outcome.handed_over) {
        hand_over(*outcome.handed_over, input);
        return false;
    }
    if (outcome.closing) {
        pending_.clear();
        return false; // the flush at the end of the turn closes
    }
    if (pending_.empty())
        pending_.assign(input);
    else
        pending_.erase(0, pending_.size() - input.size());
    if (pending_.empty() && pending_.capacity() > kept_capacity)
        pending_.shrink_to_fit();
    stalled_ = machine_.is_full();
    const bool waits = stalled_ || machine_.held_as() != 0 || machine_.waits_for_store() ||
                       machine_.now() == connection::state::authenticating;
    if (!waits && (machine_.is_throttled() || home_.hub().is_congested())) {
        home_.pause(*this);
        return false;
    }
    return !waits;
}

void connection_driver::hand_over(std::uint8_t target, std::string_view input) {
    home_.hub().handed_over(machine_);
    closed_ = true;
    auto moved = stream_->move_to(home_.sibling(target).context());
    if (moved)
        home_.sibling(target).adopt_from_shard(std::move(moved), std::move(framing_),
                                               machine_.bounds(), machine_.by(), std::string(input),
                                               std::move(ticket_));
    home_.forget(*this);
}

void connection_driver::read_on() {
    if (closed_)
        return;
    if (pending_.empty() || feed({}))
        wait_readable();
}

void connection_driver::resume() {
    // Called from inside the broker: what waits is read when the stack is unwound.
    home_.later([self = boost::intrusive_ptr(this)] {
        self->home_.enter();
        self->read_on();
    });
}

// The peer took what had piled up: who waited for that goes on.
void connection_driver::after_drain() {
    if (closed_ || machine_.is_full() || machine_.now() != connection::state::online)
        return;
    home_.enter();
    home_.hub().drained(machine_);
    if (std::exchange(stalled_, false) && !reading_)
        read_on();
}

void connection_driver::flush() {
    if (closed_)
        return;
    const bool closing = machine_.now() == connection::state::closing;
    const bool somebody_waits = stalled_ || machine_.is_full();
    auto& unsent = machine_.unsent();
    std::array<iovec, gather_max> parts;
    for (;;) {
        if (closing && framing_ && unsent.empty())
            framing_->close(1000); // behind our last words, never in front of them
        if (unsent.empty() && !(framing_ && framing_->has_unsent()))
            break;
        const auto used = framing_ ? framing_->gather(unsent, parts) : unsent.gather(parts);
        error_code failure;
        const auto written = stream_->write(std::span(parts).first(used), failure);
        if (failure == boost::asio::error::would_block) {
            if (closing)
                home_.hub().linger(machine_);
            return wait_writable();
        }
        if (failure)
            return close();
        count(metric::bytes_sent, written);
        framing_ ? framing_->consume(unsent, written) : unsent.consume(written);
    }
    if (closing)
        return close(); // [MQTT-4.13.2-1] [MQTT31-disconnect-1]
    if (somebody_waits)
        home_.later([self = boost::intrusive_ptr(this)] { self->after_drain(); });
}

void connection_driver::count(metric which, std::size_t bytes) {
    auto& counts = home_.hub().counts();
    counts.add(which, static_cast<std::int64_t>(bytes));
    counts.add(which, way_of(machine_.by()->way), static_cast<std::int64_t>(bytes));
}

void connection_driver::abandon() {
    close();
}

void connection_driver::close() {
    if (std::exchange(closed_, true))
        return;
    home_.hub().lost(machine_);
    machine_.disarm();
    stream_->finish_sending();
    error_code ignored; // closing is all that is left to do
    stream_->socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_->socket().close(ignored);
    ticket_.reset();
    home_.forget(*this);
}

} // namespace mqtt
