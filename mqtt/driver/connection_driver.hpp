// One MQTT connection's socket: brings what it reads to the broker and writes what the machine has
// to say. thread: its shard's.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/broker/metrics.hpp"
#include "mqtt/driver/websocket_framing.hpp"
#include "mqtt/session/connection.hpp"
#include "net/stream.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <memory>
#include <string>

namespace mqtt {

class shard;

class connection_driver final
    : public link,
      public boost::intrusive::list_base_hook<
          boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
      public boost::intrusive_ref_counter<connection_driver, boost::thread_unsafe_counter> {
public:
    // framing: null for plain MQTT. by: how the connection came. ticket: given back when the
    // connection ends. requires: home and bounds outlive it
    connection_driver(shard& home, std::unique_ptr<net::stream> bytes,
                      std::unique_ptr<websocket_framing> framing, const listener_limits& bounds,
                      std::shared_ptr<const entry> by, std::shared_ptr<void> ticket);
    ~connection_driver() override;

    // Begins with bytes that were read from the socket before: raw ones, or MQTT that is already
    // out of its frames.
    void start(std::string already_read, bool unframed);
    // Writes what is there to write; closes when that was the last of it.
    void flush();
    // Goes on reading after a pause for congestion.
    void read_on();

    void resume() override;
    void abandon() override;

    connection& machine() { return machine_; }

private:
    void wait_readable();
    void wait_writable();
    void on_readable();
    bool take(std::span<char> bytes);
    bool feed(std::string_view input);
    void hand_over(std::uint8_t target, std::string_view input);
    void after_drain();
    void count(metric which, std::size_t bytes);
    void close();

    shard& home_;
    std::unique_ptr<net::stream> stream_;
    std::unique_ptr<websocket_framing> framing_;
    connection machine_;
    std::shared_ptr<void> ticket_; // a place among the listener's connections
    std::string pending_; // an unfinished packet, or input that waits; bound: max_packet_size and
                          // one buffer
    bool reading_ = false;
    bool writing_ = false;
    bool closed_ = false;
    bool stalled_ = false; // input waits because the output is full
};

} // namespace mqtt
