// What was published before: messages and series, section 10 of the contract.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_history(exchange& each); // GET /api/v1/history
boost::asio::awaitable<void> read_series(exchange& each);  // GET /api/v1/series

} // namespace rest
