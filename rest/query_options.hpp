// Which option belongs to what kind of request: a table, so that a misspelt or misplaced one is
// told, never ignored.
#pragma once

#include "rest/query.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace rest {

// What a request wants; one bit each.
enum class purpose : std::uint16_t {
    value = 1,     // read one retained value
    list = 2,      // read the retained values of filters
    wait = 4,      // the next message
    stream = 8,    // messages as they come
    publish = 16,  // PUT, POST
    clear = 32,    // DELETE
    plain = 64,    // anything outside of topics
    history = 128, // messages of before
    series = 256,  // what their numbers add up to
    children = 512 // topics below a topic
};

struct option_use {
    std::string_view name;
    std::uint16_t purposes; // 0: named in the contract, and not served yet
};

// clang-format off
inline constexpr std::array option_uses{
    option_use{"topic", 63 | 128 | 256}, option_use{"filter", 63 | 128 | 256}, option_use{"tree", 63 | 128 | 256},
    option_use{"depth", 63 | 128 | 256 | 512},
    option_use{"as", 1023},
    option_use{"wait", 4}, option_use{"stream", 8}, option_use{"parse", 15 | 128},
    option_use{"limit", 2 | 128 | 512}, option_use{"cursor", 2 | 128 | 512},
    option_use{"retained", 8}, option_use{"max", 8}, option_use{"event", 8},
    option_use{"qos", 8 | 16 | 32},
    option_use{"retain", 16}, option_use{"expiry", 16}, option_use{"content_type", 16}, option_use{"pfi", 16},
    option_use{"response_topic", 16}, option_use{"correlation", 16}, option_use{"require", 16},
    option_use{"confirm", 32},
    option_use{"after", 4 | 8}, option_use{"since", 8 | 128 | 256}, option_use{"until", 128 | 256}, option_use{"order", 128},
    option_use{"field", 256}, option_use{"points", 256}, option_use{"step", 256}, option_use{"method", 256},
    option_use{"agg", 256}, option_use{"fill", 256}, option_use{"live", 256},
    option_use{"last", 1}, option_use{"every", 0}, option_use{"overflow", 0},
    option_use{"until_idle", 0}, option_use{"fields", 0}, option_use{"prefix", 512},
    option_use{"no_local", 0}, option_use{"reply", 0}, option_use{"reply_topic", 0}, option_use{"collect", 0},
    option_use{"await", 0}, option_use{"timeout", 0}, option_use{"delay", 0}, option_use{"ticket", 0},
    option_use{"publish", 0}, option_use{"count", 0},
};
// clang-format on

// Refuses the first option that a request of this purpose does not take.
checked<void> check_options(const query& options, purpose what);

// The known option that the name was probably meant to be; empty when none is near.
std::string_view nearest_option(std::string_view name);

} // namespace rest
