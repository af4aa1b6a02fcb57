// Messages that are published later: ?delay=10s. They wait as documents, so that a restart does not
// lose them, and each is published once: its document goes in the same turn. One of these serves
// the process; it lives on shard 0.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/broker/documents.hpp"
#include "mqtt/broker/local_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace rest {

class delayed_messages {
public:
    static constexpr std::size_t messages_max = 100'000;

    // requires: hub and io are shard 0's; all outlive this
    delayed_messages(boost::asio::io_context& io, mqtt::broker& hub, mqtt::access& door);

    // Takes up what an earlier run has left. thread: the one that starts the shards
    void load();

    bool is_full() const { return waiting_.load(std::memory_order_relaxed) >= messages_max; }

    // Keeps the message until then. asker: the broker of the caller's shard. done: whether it is
    // safe; false: the disk is full. thread: the caller's shard, which done is called on
    void add(mqtt::broker& asker, const mqtt::publish_request& what, const mqtt::identity& who,
             mqtt::wall_time due, std::function<void(bool kept)> done);

private:
    void wait_for(std::string name, mqtt::wall_time due);
    void arm();
    void publish_due();
    void publish(const std::string& name);
    void forget(const std::string& name);

    mqtt::broker& hub_;
    mqtt::access& door_;
    boost::asio::steady_timer timer_;
    std::multimap<mqtt::wall_time, std::string> due_; // bound: messages_max
    std::atomic<std::size_t> waiting_{0};
    std::atomic<std::uint64_t> made_{0};
};

// How such a message is written down, and read again.
std::string delayed_text(const mqtt::publish_request& what, const mqtt::identity& who,
                         mqtt::wall_time due);
struct delayed_message {
    std::string topic;
    std::string payload;
    mqtt::publish_request request; // its views show the two above once they are in place
    mqtt::identity who;
    mqtt::wall_time due;
};
// false: the text is no such message.
bool read_delayed(std::string_view text, delayed_message& into);

} // namespace rest
