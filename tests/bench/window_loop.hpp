// Publishers with a window of QoS 1 messages each, for persistent sessions whose clients are away:
// each PUBACK lets the next message go, at once or when a rate allows it. What is measured is the
// PUBACK. One thread.
#pragma once

#include "tests/bench/connection.hpp"
#include "tests/bench/histogram.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/tally.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace bench {

class window_loop {
public:
    // ensures: the sessions are there, their clients are not; the publishers are connected
    window_loop(const options& chosen, const endpoint& broker);
    window_loop(const window_loop&) = delete;
    window_loop& operator=(const window_loop&) = delete;
    ~window_loop();

    // Publishes for the time, and waits for the last PUBACK.
    tally run(monotonic::duration time);

    // The clients of the sessions come back for what was acknowledged in all runs. Throws when a
    // message is missing, repeated or out of its publisher's order.
    void collect();

    const histogram& latency() const { return latency_; }
    std::string suite() const { return publishers_.front().client.suite(); }

private:
    struct publisher {
        connection client;
        std::uint32_t index;
        std::string topic;
        std::vector<std::int64_t> sent_ns; // by packet id, from 1 on; 0: not under way
        std::uint32_t next_sequence = 0;
        bytes output;
    };

    void open_publisher(const endpoint& broker, std::uint32_t index);
    void send(publisher& sender, std::uint16_t packet_id, std::int64_t now_ns);
    void send_due();
    void turn();
    void read_publisher(publisher& sender);
    void accept_puback(publisher& sender, std::uint16_t packet_id, std::int64_t now_ns);
    void collect_of(std::uint64_t subscriber);

    const options chosen_;
    const endpoint broker_;
    int epoll_;
    std::vector<publisher> publishers_;
    bytes payload_;
    bytes room_; // the one read buffer
    histogram latency_;
    tally tally_;
    struct turn_of {
        std::uint32_t publisher;
        std::uint16_t packet_id;
    };
    std::deque<turn_of> free_; // may send, in this order
    std::uint64_t under_way_ = 0;
    monotonic::time_point begin_;
    monotonic::time_point deadline_;
};

} // namespace bench
