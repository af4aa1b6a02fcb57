// What waits for one slow stream or long poll: bounded, and when it is full the newest message of
// each topic survives.
#pragma once

#include "mqtt/broker/local_client.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>

namespace rest {

class message_queue final : public mqtt::message_sink {
public:
    struct entry {
        mqtt::message_ptr what;
        mqtt::qos qos = mqtt::qos::at_most_once; // delivered at
        bool retained = false;
    };

    // wake: called when a message has come into the empty queue.
    message_queue(std::size_t messages_max, std::size_t bytes_max, std::function<void()> wake);

    void on_message(const mqtt::message_ptr& what, mqtt::qos granted, bool retained) override;

    // Between these two the subscription is made, and what comes is what was kept before.
    void begin_backlog() { opening_ = true; }
    void end_backlog() { opening_ = false; }

    // The oldest message; false when there is none.
    bool take(entry& out);
    // Messages dropped since this was last asked.
    std::uint64_t take_dropped();

    bool empty() const { return backlog_.empty() && live_count_ == 0; }
    std::size_t backlog_size() const { return backlog_.size(); }

private:
    void coalesce();
    void replace(std::string_view topic);
    void drop_oldest();
    void forget_front();
    bool full() const { return live_count_ >= messages_max_ || bytes_ >= bytes_max_; }

    std::size_t messages_max_;
    std::size_t bytes_max_;
    std::function<void()> wake_;

    // Retained messages that the subscription began with. They are shared with the retained store,
    // so they cost a pointer each, and are not counted against the bounds.
    std::deque<entry> backlog_; // at most backlog_max
    std::deque<entry> live_; // an entry without message was superseded; at most twice messages_max_
    std::uint64_t front_ = 0; // sequence number of live_'s front
    std::size_t live_count_ = 0;
    std::size_t bytes_ = 0; // of the live ones
    std::uint64_t dropped_ = 0;
    bool opening_ = false;
    bool coalescing_ = false; // until the queue has run empty
    // While coalescing: where the newest message of a topic stands. The keys are views into those
    // messages.
    boost::unordered_flat_map<std::string_view, std::uint64_t> newest_;
};

// Bytes of messages that wait for one slow stream.
inline constexpr std::size_t feed_bytes_max = 1'048'576;

// A queue and the subscription that fills it. The subscription ends first.
struct live_feed {
    live_feed(std::size_t messages_max, std::size_t bytes_max, std::function<void()> wake)
        : queue(messages_max, bytes_max, std::move(wake)) {}

    // The failure, or success.
    mqtt::reason subscribe(mqtt::local_client& client, const mqtt::subscribe_request& what);

    message_queue queue;
    std::unique_ptr<mqtt::local_client::subscription> subscription;
};

} // namespace rest
