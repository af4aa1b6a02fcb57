// What this server is, and the description of everything it serves.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_version(exchange& each);
boost::asio::awaitable<void> read_openapi(exchange& each);

} // namespace rest
