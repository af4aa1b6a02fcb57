// GET /ws: the WebSocket subprotocol mqtt.json.v1, section 6. From the handshake to the goodbye;
// what is said in between is json_session's.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace rest {

inline constexpr std::string_view json_subprotocol = "mqtt.json.v1";

boost::asio::awaitable<void> open_json_websocket(exchange& each);

} // namespace rest
