// Whether the process lives, and whether it is ready for work. Nobody has to say who he is for
// these.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_health(exchange& each);
boost::asio::awaitable<void> read_readiness(exchange& each);

} // namespace rest
