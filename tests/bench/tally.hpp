// What one phase of a load amounted to. Nothing is under way when it begins nor when it ends, so
// the counts are exact.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bench {

using monotonic = std::chrono::steady_clock;

struct tally {
    std::uint64_t publishes = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t acknowledged = 0; // publishes of a window
    std::uint64_t handshakes = 0;
    std::uint64_t resumed = 0; // of the handshakes
    monotonic::duration elapsed{};
    std::chrono::nanoseconds generator_cpu{};
    std::chrono::nanoseconds broker_cpu{}; // 0 without --broker-pid
};

} // namespace bench
