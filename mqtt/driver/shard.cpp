#include "mqtt/driver/shard.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace mqtt {

shard::shard(shared_state& common, std::uint8_t number, journal& log)
    : hub_(common, number, log), buffer_(std::make_unique<std::array<char, 65'536>>()) {
    hub_.set_host(*this);
}

shard::~shard() {
    paused_.clear();
    while (!drivers_.empty())
        drivers_.front().abandon(); // unlinks itself
    context_.restart();
    context_.poll(); // handlers that still hold a connection let go of it while the broker is there
}

void shard::enter() {
    if (std::exchange(in_turn_, true))
        return;
    hub_.begin_turn({std::chrono::steady_clock::now(), std::chrono::system_clock::now()});
}

void shard::finish_turn() {
    if (!in_turn_)
        return;
    auto& dirty = hub_.room().dirty;
    do {
        hub_.end_turn();
        while (!dirty.empty()) {
            auto& next = dirty.front();
            dirty.pop_front();
            static_cast<connection_driver&>(next.where()).flush();
        }
        hub_.end_turn(); // a write that failed may have published a will
    } while (!dirty.empty());
    in_turn_ = false;
    count_messages();
}

void shard::count_messages() {
    const auto now = hub_.counts().value(metric::messages_received);
    const auto came = now - std::exchange(messages_before_, now);
    if (came > 0)
        hub_.counts().publish_seconds.add(std::chrono::steady_clock::now() - hub_.room().now.steady,
                                          came);
}

// [MQTT3-4.8.0-2 deviates: memory that runs out ends the process, not one connection]
void shard::run() {
    tick();
    while (!stopping_.load(std::memory_order_relaxed)) {
        context_.run_one();
        gather_turn();
        finish_turn();
    }
}

// Whatever else is ready belongs to the same turn: one write to each receiver for all of it. Asking
// costs a system call, so where messages come one at a time it is asked only now and then.
void shard::gather_turn() {
    constexpr unsigned lonely_min = 8;
    constexpr unsigned ask_every = 16;
    if (lonely_turns_ >= lonely_min && lonely_turns_ % ask_every != 0) {
        ++lonely_turns_;
        return;
    }
    lonely_turns_ = context_.poll() == 0 ? lonely_turns_ + 1 : 0;
}

void shard::stop() {
    stopping_.store(true, std::memory_order_relaxed);
    later([] {});
}

void shard::later(std::function<void()> work) {
    boost::asio::post(context_, std::move(work));
}

void shard::tick() {
    enter();
    hub_.advance();
    read_on_paused();
    timer_.expires_after(timer_wheel<session>::tick);
    timer_.async_wait([this](const boost::system::error_code& failure) {
        if (!failure)
            tick();
    });
}

void shard::add(boost::intrusive_ptr<connection_driver> fresh, std::string input, bool unframed) {
    drivers_.push_back(*fresh);
    intrusive_ptr_add_ref(fresh.get()); // given back by forget()
    fresh->start(std::move(input), unframed);
}

void shard::adopt(std::unique_ptr<net::stream> bytes, std::string already_read, bool websocket,
                  const listener_limits& bounds, std::shared_ptr<const entry> by,
                  std::shared_ptr<void> ticket) {
    auto framing = websocket ? std::make_unique<websocket_framing>() : nullptr;
    add(new connection_driver(*this, std::move(bytes), std::move(framing), bounds, std::move(by),
                              std::move(ticket)),
        std::move(already_read), false);
}

void shard::adopt_from_shard(std::unique_ptr<net::stream> bytes,
                             std::unique_ptr<websocket_framing> framing,
                             const listener_limits& bounds, std::shared_ptr<const entry> by,
                             std::string input, std::shared_ptr<void> ticket) {
    // std::function wants to copy; what moves goes in shared hands.
    auto stream_box = std::make_shared<std::unique_ptr<net::stream>>(std::move(bytes));
    auto framing_box = std::make_shared<std::unique_ptr<websocket_framing>>(std::move(framing));
    later([this, stream_box, framing_box, &bounds, by = std::move(by), ticket = std::move(ticket),
           input = std::move(input)] {
        add(new connection_driver(*this, std::move(*stream_box), std::move(*framing_box), bounds,
                                  by, ticket),
            input, true);
    });
}

void shard::forget(connection_driver& closed) {
    if (!closed.is_linked())
        return;
    closed.unlink();
    later(
        [held = boost::intrusive_ptr(&closed, false)] {}); // its own call stack may still be in it
}

void shard::pause(connection_driver& publisher) {
    paused_.emplace_back(&publisher);
}

void shard::read_on_paused() {
    if (paused_.empty() || hub_.is_congested())
        return;
    for (const auto& waiting : std::exchange(paused_, {}))
        waiting->read_on();
}

void shard::disconnect_all(reason why) {
    enter();
    hub_.shut_down(why);
}

} // namespace mqtt
