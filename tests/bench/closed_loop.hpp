// Publishers that send their next burst only when every delivery of the last one has arrived (and
// at QoS 1 every PUBACK), so that no broker ever has a reason to drop. One thread; nothing is
// allocated while it runs.
#pragma once

#include "tests/bench/connection.hpp"
#include "tests/bench/histogram.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/tally.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

class closed_loop {
public:
    // ensures: all connections are open and all subscriptions granted
    closed_loop(const options& chosen, const endpoint& broker);
    closed_loop(const closed_loop&) = delete;
    closed_loop& operator=(const closed_loop&) = delete;
    ~closed_loop();

    // Publishes for the time, or until so many publishes when that is not 0, and waits for the last
    // delivery.
    tally run(monotonic::duration time, std::uint64_t publishes);

    const histogram& latency() const { return latency_; }
    std::string suite() const { return publishers_.front().client.suite(); }

private:
    struct publisher {
        connection client;
        std::uint32_t index;
        bytes burst; // encoded once; each sending renews the stamps alone
        std::uint32_t next_sequence = 0;
        std::uint64_t deliveries_awaited = 0;
        std::uint64_t pubacks_awaited = 0;
    };
    struct subscriber {
        connection client;
        std::vector<std::uint32_t> next_sequences; // by publisher
        bytes pubacks;
    };

    void open_subscriber(const endpoint& broker, std::uint32_t index);
    void open_publisher(const endpoint& broker, std::uint32_t index);
    std::string topic_of(std::uint32_t publisher_index) const;
    std::string filter_of(std::uint32_t subscriber_index) const;

    void send_burst(publisher& sender);
    void turn();
    void read_publisher(publisher& sender);
    void read_subscriber(std::uint32_t index);
    void accept_delivery(std::uint32_t subscriber_index, const frame& packet,
                         std::int64_t arrival_ns);
    void advance(publisher& sender);
    [[noreturn]] void report_stall() const;

    const options chosen_;
    const std::uint64_t fan_out_; // deliveries of one publish
    int epoll_;
    std::vector<subscriber> subscribers_;
    std::vector<publisher> publishers_;
    bytes room_; // the one read buffer
    histogram latency_;
    tally tally_;
    std::uint64_t bursts_under_way_ = 0;
    monotonic::time_point deadline_;
    std::uint64_t publishes_max_ = 0;
};

} // namespace bench
