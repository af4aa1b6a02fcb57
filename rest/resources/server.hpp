// What the process is and how it is set: /api/v1/config, /listeners, /bridges, /systree. On a
// listener with protocol http_api the last ones answer as mosquitto's do.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_configuration(exchange& each);
boost::asio::awaitable<void> list_listeners(exchange& each);
boost::asio::awaitable<void> list_bridges(exchange& each);
boost::asio::awaitable<void> read_system_tree(exchange& each);

} // namespace rest
