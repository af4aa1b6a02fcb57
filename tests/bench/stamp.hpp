// The head of each payload: who sent it, when, and its number among the sender's messages.
#pragma once

#include "tests/bench/tally.hpp"

#include <cstdint>

namespace bench {

struct stamp {
    std::int64_t sent_ns;
    std::uint32_t publisher;
    std::uint32_t sequence;
};
static_assert(sizeof(stamp) == 16);

inline std::int64_t nanoseconds_of(monotonic::time_point time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

} // namespace bench
