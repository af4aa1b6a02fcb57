// Which option belongs to what kind of request: a table, so that a misspelt or misplaced one is
// told, never ignored.
#pragma once

#include "rest/query.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace rest {

// What a request wants; one bit each.
enum class purpose : std::uint32_t {
    value = 1,       // read one retained value
    list = 2,        // read the retained values of filters
    wait = 4,        // the next message
    stream = 8,      // messages as they come
    publish = 16,    // PUT, POST
    clear = 32,      // DELETE
    plain = 64,      // anything outside of topics
    history = 128,   // messages of before
    series = 256,    // what their numbers add up to
    children = 512,  // topics below a topic
    batch = 1024,    // many messages in one body
    admin = 2048,    // what an administrator looks at
    session = 4096,  // sessions that are pulled
    webhook = 8192,  // webhooks and their deliveries
    cost = 16'384,   // what a message costs
    events = 32'768, // what happens in the process
    log = 65'536,    // lines of its log
    trace = 131'072  // packets of one client
};

struct option_use {
    std::string_view name;
    std::uint32_t purposes;
};

constexpr std::uint32_t uses(auto... each) {
    return (0U | ... | static_cast<std::uint32_t>(each));
}

// clang-format off
inline constexpr auto option_uses = [] {
    using enum purpose;
    constexpr auto topics = uses(value, list, wait, stream, publish, clear);
    constexpr auto everything = ~0U;
    return std::array{
        option_use{"topic", topics | uses(history, series, admin, cost)},
        option_use{"filter", topics | uses(history, series, admin, session)},
        option_use{"tree", topics | uses(history, series)},
        option_use{"depth", topics | uses(history, series, children)},
        option_use{"as", everything},
        option_use{"wait", uses(wait, session)},
        option_use{"stream", uses(stream)},
        option_use{"parse", uses(value, list, wait, stream, history, session)},
        option_use{"limit", uses(list, history, children, admin, webhook)},
        option_use{"cursor", uses(list, history, children, admin)},
        option_use{"retained", uses(stream)},
        option_use{"max", uses(stream, session, events, log, trace)},
        option_use{"event", uses(stream, events)},
        option_use{"qos", uses(stream, publish, clear, batch)},
        option_use{"retain", uses(publish, batch)},
        option_use{"expiry", uses(publish)},
        option_use{"content_type", uses(publish)},
        option_use{"pfi", uses(publish)},
        option_use{"response_topic", uses(publish)},
        option_use{"correlation", uses(publish)},
        option_use{"require", uses(publish)},
        option_use{"confirm", uses(clear, admin)},
        option_use{"after", uses(wait, stream)},
        option_use{"since", uses(stream, history, series)},
        option_use{"until", uses(history, series)},
        option_use{"order", uses(history)},
        option_use{"field", uses(series)},
        option_use{"points", uses(series)},
        option_use{"step", uses(series)},
        option_use{"method", uses(series)},
        option_use{"agg", uses(series)},
        option_use{"fill", uses(series)},
        option_use{"live", uses(series)},
        option_use{"last", uses(value)},
        option_use{"every", uses(stream)},
        option_use{"overflow", uses(stream)},
        option_use{"until_idle", uses(stream)},
        option_use{"fields", uses(stream, admin)},
        option_use{"prefix", uses(children, batch)},
        option_use{"atomic", uses(batch)},
        option_use{"receipts", uses(batch)},
        option_use{"no_local", uses(stream)},
        option_use{"reply", uses(publish)},
        option_use{"reply_topic", uses(publish)},
        option_use{"collect", uses(publish)},
        option_use{"await", uses(publish)},
        option_use{"timeout", uses(publish)},
        option_use{"delay", uses(publish)},
        option_use{"ticket", uses(stream)},
        option_use{"publish", uses(value)},
        option_use{"count", uses(admin)},
        option_use{"size", uses(cost)},
        option_use{"n", uses(cost)},
        option_use{"receivers", uses(cost)},
        option_use{"level", uses(log)},
        option_use{"q", uses(admin)},
        option_use{"user", uses(admin)},
        option_use{"transport", uses(admin)},
        option_use{"connected", uses(admin)},
        option_use{"ip", uses(admin)},
        option_use{"listener", uses(admin)},
        option_use{"state", uses(webhook)},
    };
}();
// clang-format on

// Refuses the first option that a request of this purpose does not take.
checked<void> check_options(const query& options, purpose what);

// The known option that the name was probably meant to be; empty when none is near.
std::string_view nearest_option(std::string_view name);

} // namespace rest
