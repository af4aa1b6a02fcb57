// What waits for one slow stream, long poll or WebSocket: bounded, and when it is full the newest
// message of each topic survives, unless the reader wants it otherwise.
#pragma once

#include "mqtt/broker/local_client.hpp"

#include <boost/container/deque.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace rest {

// What becomes of a reader that is too slow.
enum class overflow : std::uint8_t {
    coalesce,    // it gets the newest message of each topic
    drop_oldest, // it misses the oldest ones
    close        // it gets what waits, and has to come back
};

struct queue_rules {
    overflow when_full = overflow::coalesce;
    // Not 0: the newest message of each topic, once in this time.
    std::chrono::milliseconds every{0};
};

class message_queue;

// What the queues of one reader may hold together.
struct queue_room {
    queue_room(std::size_t messages, std::size_t bytes)
        : messages_max(messages == 0 ? 1 : messages), bytes_max(bytes) {}

    bool is_full() const { return messages >= messages_max || bytes >= bytes_max; }

    const std::size_t messages_max;
    const std::size_t bytes_max;
    std::size_t messages = 0;
    std::size_t bytes = 0;
    std::vector<message_queue*> queues; // bound: filters_max
};

class message_queue final : public mqtt::message_sink {
public:
    struct entry {
        mqtt::message_ptr what;
        mqtt::qos qos = mqtt::qos::at_most_once; // delivered at
        bool retained = false;
    };

    // wake: called when a message has come into the empty queue. on_drop: how many messages were
    // dropped for the one that came, at once: a reader that never reads again is seen, too.
    // requires: room outlives it
    message_queue(queue_room& room, queue_rules rules, std::function<void()> wake,
                  std::function<void(std::uint64_t)> on_drop = {});
    ~message_queue() override;
    message_queue(const message_queue&) = delete;
    message_queue& operator=(const message_queue&) = delete;

    void on_message(const mqtt::message_ptr& what, mqtt::qos granted, bool retained) override;

    // Between these two a subscription is made, and what comes is what was kept before. While
    // messages wait, it stands behind them, and is bounded as they are.
    void begin_backlog() { opening_ = live_count_ == 0; }
    void end_backlog() { opening_ = false; }

    // The oldest message; false when there is none.
    bool take(entry& out);
    // The message that take would give; null: none. requires: nothing comes meanwhile
    const mqtt::message* front();
    // Messages dropped since this was last asked.
    std::uint64_t take_dropped();

    bool empty() const { return backlog_.empty() && live_count_ == 0; }
    std::size_t backlog_size() const { return backlog_.size(); }
    // With overflow::close: what comes now does not come here any more.
    bool has_overflown() const { return overflown_; }

    // Whether its reader may have a message now, and else from when on.
    bool is_due(mqtt::steady_time now) const {
        return !empty() && (!backlog_.empty() || now >= next_at_);
    }
    mqtt::steady_time due_at() const { return empty() ? mqtt::never : next_at_; }
    // The reader has taken what there was: the next comes after the pause.
    void rest(mqtt::steady_time now) { next_at_ = now + rules_.every; }

private:
    bool has(const mqtt::message_ptr& what) const;
    void add_live(const mqtt::message_ptr& what, mqtt::qos qos, bool retained);
    bool make_room();
    void coalesce();
    void replace(std::string_view topic);
    void drop_oldest();
    void forget_front();
    void forget_superseded();
    void count(const mqtt::message& what, bool here);
    bool paced() const { return rules_.every.count() != 0; }

    queue_room& room_;
    const queue_rules rules_;
    std::function<void()> wake_;
    std::function<void(std::uint64_t)> on_drop_; // may be empty

    // These take no memory while they are empty. Retained messages that the subscription began with
    // are shared with the retained store, so they cost a pointer each, and are not counted against
    // the bounds.
    boost::container::deque<entry> backlog_; // at most backlog_max
    boost::container::deque<entry> live_;    // an entry without message was superseded; at most
                                             // twice room_.messages_max
    std::uint64_t front_ = 0;                // sequence number of live_'s front
    std::size_t live_count_ = 0;
    std::uint64_t dropped_ = 0;
    mqtt::steady_time next_at_{};
    bool opening_ = false;
    bool coalescing_ = false; // until the queue has run empty
    bool overflown_ = false;
    // While coalescing: where the newest message of a topic stands. The keys are views into those
    // messages.
    boost::unordered_flat_map<std::string_view, std::uint64_t> newest_;
};

// Bytes of messages that wait for one slow stream.
inline constexpr std::size_t feed_bytes_max = 1'048'576;

// A queue and the subscription that fills it. The subscription ends first.
struct live_feed {
    live_feed(std::size_t messages_max, std::size_t bytes_max, queue_rules rules,
              std::function<void()> wake, std::function<void(std::uint64_t)> on_drop = {})
        : room(messages_max, bytes_max),
          queue(room, rules, std::move(wake), std::move(on_drop)) {}

    // The failure, or success.
    mqtt::reason subscribe(mqtt::local_client& client, const mqtt::subscribe_request& what);
    // More filters. requires: subscription
    std::vector<mqtt::reason> add(const mqtt::subscribe_request& what);

    queue_room room;
    message_queue queue;
    std::unique_ptr<mqtt::local_client::subscription> subscription;
};

} // namespace rest
