// The check for faults of our own. On in release: a broker that is wrong about itself must not go
// on.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace mqtt {

inline void ensure(bool condition, const char* sentence) {
    if (!condition) [[unlikely]] {
        std::fprintf(stderr, "sluice: internal fault: %s\n", sentence);
        std::abort();
    }
}

} // namespace mqtt
