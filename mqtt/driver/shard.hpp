// One io_context run by one thread, with its broker, its connections and its timers. Turn by turn:
// take what is ready, let the broker work on it, then write once to each connection that has
// something to say.
#pragma once

#include "mqtt/broker/broker.hpp"
#include "mqtt/driver/connection_driver.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mqtt {

// [MQTT3-7.0.0-1 deviates: it takes connections and opens none, so no rule for clients binds it]
class shard final : public turn_host {
public:
    shard(shared_state& common, std::uint8_t number, journal& log);
    ~shard() override;

    boost::asio::io_context& context() { return context_; }
    broker& hub() { return hub_; }
    const broker& hub() const { return hub_; }

    // requires: called before run(); all: every shard of the process, by number
    void meet(std::vector<shard*> all) { all_ = std::move(all); }
    shard& sibling(std::uint8_t number) { return *all_[number]; }

    // Runs until stop(). thread: becomes the shard's
    void run();
    // thread: any. Ends run() soon.
    void stop();
    // Posts work to the shard's thread. thread: any
    void later(std::function<void()> work) override;

    // A fresh MQTT connection. already_read: bytes taken from it before. websocket: after
    // its handshake. ticket: held while the connection lives, so that a listener can count its own.
    void adopt(std::unique_ptr<net::stream> bytes, std::string already_read, bool websocket,
               const listener_limits& bounds, std::shared_ptr<const entry> by,
               std::shared_ptr<void> ticket);
    // thread: any. A connection whose session lives here; input begins with its CONNECT.
    void adopt_from_shard(std::unique_ptr<net::stream> bytes,
                          std::unique_ptr<websocket_framing> framing, const listener_limits& bounds,
                          std::shared_ptr<const entry> by, std::string input,
                          std::shared_ptr<void> ticket);

    // Tells MQTT clients why, and closes when they have been told.
    void disconnect_all(reason why);
    std::size_t connections() const { return drivers_.size(); }

    void enter() override;
    std::array<char, 65'536>& buffer() { return *buffer_; }
    // Stops reading from this one until other shards have caught up.
    void pause(connection_driver& publisher);
    void forget(connection_driver& closed);

private:
    void gather_turn();
    void finish_turn();
    void count_messages();
    void tick();
    void add(boost::intrusive_ptr<connection_driver> fresh, std::string input, bool unframed);
    void read_on_paused();

    boost::asio::io_context context_{1};
    broker hub_;
    boost::asio::steady_timer timer_{context_};
    std::vector<shard*> all_;
    std::unique_ptr<std::array<char, 65'536>> buffer_; // what every read goes into
    boost::intrusive::list<connection_driver, boost::intrusive::constant_time_size<false>> drivers_;
    std::vector<boost::intrusive_ptr<connection_driver>> paused_; // bound: connections
    bool in_turn_ = false;
    std::int64_t messages_before_ = 0; // this turn
    unsigned lonely_turns_ = 0;        // in a row, in which nothing else was ready
    std::atomic<bool> stopping_{false};
};

} // namespace mqtt
