// The generator's command line.
#pragma once

#include "tests/bench/tls_client.hpp"

#include <cstdint>
#include <string>

namespace bench {

enum class topic_plan : std::uint8_t {
    shared, // every subscriber gets every publisher's messages
    paired, // publisher i -> subscriber i, each pair on a topic of its own
};

enum class http_form : std::uint8_t {
    none,  // MQTT
    post,  // the payload to its topic's address
    json,  // one JSON object, as EMQX and NanoMQ take it
    batch, // a JSON object a line, a burst in each request
};

struct options {
    std::string host = "127.0.0.1";
    std::uint64_t port = 1883;
    std::uint64_t publishers = 1;
    std::uint64_t subscribers = 1;
    std::uint64_t qos = 0;
    std::uint64_t payload_bytes = 64;
    std::uint64_t burst = 1;
    std::uint64_t messages = 0;   // 0: by time
    std::uint64_t idle = 0;       // 0: publish
    std::uint64_t handshakes = 0; // 0: publish
    std::uint64_t window = 0;     // 0: in bursts
    std::uint64_t rate = 0;       // of a window, publishes a second; 0: as fast as it goes
    std::uint64_t retained = 0;   // 0: none
    std::uint64_t broker_pid = 0;
    std::string tls_ca; // empty: in the clear
    bench::tls_version tls_version = bench::tls_version::tls_1_3;
    double seconds = 2;
    double warmup_seconds = 0.5;
    topic_plan topics = topic_plan::shared;
    http_form http = http_form::none;
    bool resume = false;
    bool collect = false;
    bool hold = false;
    bool help = false;
};

extern const char* const usage;

// Throws std::invalid_argument with a sentence for the user.
options parse_options(int count, char** words);

} // namespace bench
