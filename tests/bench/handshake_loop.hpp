// Clients that come, are let in and leave again, so many at once, over and over: TCP, the TLS
// handshake if there is TLS, CONNECT, CONNACK, DISCONNECT, and the end of the connection by the
// broker. One thread.
#pragma once

#include "tests/bench/channel.hpp"
#include "tests/bench/histogram.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/tally.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

class handshake_loop {
public:
    handshake_loop(const options& chosen, const endpoint& broker);
    handshake_loop(const handshake_loop&) = delete;
    handshake_loop& operator=(const handshake_loop&) = delete;
    ~handshake_loop();

    // Begins no visit after the time is over, and waits for the end of those under way.
    tally run(monotonic::duration time);

    // From the beginning of a connection to its CONNACK.
    const histogram& latency() const { return latency_; }
    const std::string& suite() const { return suite_; } // of the last handshake

private:
    enum class stage : std::uint8_t { shaking_hands, awaiting_connack, leaving, left };
    struct visit {
        channel connection;
        bytes connect; // the packet, encoded once
        bytes answer;
        monotonic::time_point begun;
        stage now = stage::left;
    };

    void begin(visit& client, std::uint32_t tag);
    void turn();
    // As far as the client gets without waiting, into its next visits too.
    void go_on(visit& client, std::uint32_t tag);
    bool advance(visit& client); // false: the broker's turn
    bool read_connack(visit& client);

    const options chosen_;
    const endpoint broker_;
    int epoll_;
    std::vector<visit> visits_;
    histogram latency_;
    tally tally_;
    std::string suite_;
    std::uint64_t under_way_ = 0;
    monotonic::time_point deadline_;
};

} // namespace bench
