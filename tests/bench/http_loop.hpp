// Publishers over HTTP: on each connection a window of requests is under way, and each answer lets
// the next one go; or batches, one after the other. What is published is the same as in a
// window_loop. One thread.
#pragma once

#include "tests/bench/channel.hpp"
#include "tests/bench/histogram.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/tally.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace bench {

class http_loop {
public:
    http_loop(const options& chosen, const endpoint& broker);
    http_loop(const http_loop&) = delete;
    http_loop& operator=(const http_loop&) = delete;
    ~http_loop();

    // Publishes for the time, and waits for the last answer. Throws when one is not 200, or counts
    // fewer messages than were sent.
    tally run(monotonic::duration time);

    const histogram& latency() const { return latency_; }
    std::string suite() const { return publishers_.front().line.suite(); }

private:
    struct publisher {
        channel line;
        std::string request; // encoded once
        std::string unsent;
        std::string input; // the beginning of an answer
        std::deque<std::int64_t> sent_ns;
        bool wants_room = false;
    };

    void open_publisher(const endpoint& broker, std::uint32_t index);
    std::string request_of(std::uint32_t index) const;
    void send(publisher& from, std::uint64_t requests);
    void flush(publisher& from);
    void watch(publisher& from, bool for_room);
    void turn();
    void read(publisher& from);
    bool take_answer(publisher& from, std::size_t& at);

    const options chosen_;
    const std::uint64_t messages_a_request_;
    int epoll_;
    std::vector<publisher> publishers_;
    bytes room_; // the one read buffer
    histogram latency_;
    tally tally_;
    std::uint64_t under_way_ = 0; // requests
    monotonic::time_point deadline_;
};

} // namespace bench
