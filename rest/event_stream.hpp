// Events of a hub as they come, as server-sent events or lines of JSON, until somebody leaves.
#pragma once

#include "mqtt/broker/events.hpp"
#include "rest/exchange.hpp"
#include "rest/stream_format.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace rest {

struct event_wish {
    std::string right{};            // below $CONTROL/http/; asked again for what comes later
    bool as_events = false;         // text/event-stream; else application/x-ndjson
    std::uint64_t max = UINT64_MAX; // events, then the stream ends
    std::function<bool(const mqtt::event&)> chosen{}; // thread: any
};

// The form and the number of events. requires: the options are known ones
checked<event_wish> read_event_wish(const request& asked, const query& options,
                                    std::string_view right);

boost::asio::awaitable<void> stream_events(exchange& each, mqtt::event_hub& hub, event_wish wish);

// One event as JSON in one line; its name and time are in it.
std::string event_text(const mqtt::event& what);

} // namespace rest
