// GET /api/v1/cost: what messages have cost by each way, or what they would cost.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_cost(exchange& each);

} // namespace rest
