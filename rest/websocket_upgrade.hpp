// The handshake that turns a request into MQTT over WebSocket, RFC 6455 section 4.2 and MQTT 5
// section 6. What comes after it is not HTTP any more, and no business of this room.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace rest {

// Whether the request asks to become a WebSocket, well or badly.
bool wants_websocket(const request& asked);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key. [RFC6455-4.2.2]
std::string websocket_accept(std::string_view key);

// The first of "mqtt" and "mqttv3.1" that the client offers, in its own order; empty: neither.
// [MQTT-6.0.0-4]
std::string_view mqtt_subprotocol(std::string_view offered);

// Whether a comma-separated list has the element.
bool lists_token(std::string_view list, std::string_view token);

// Whether the request is a handshake for this path; else it is refused, with what has to be done.
bool check_handshake(exchange& each, std::string_view path, std::string_view subprotocol);
// None of the offered subprotocols is spoken there.
void refuse_subprotocol(exchange& each, std::string_view offered, std::string_view subprotocol);
// requires: check_handshake
void accept_handshake(exchange& each, std::string_view subprotocol);

// GET /mqtt, and everything on a listener that serves nothing else.
boost::asio::awaitable<void> open_mqtt(exchange& each);

} // namespace rest
