// The pages that problem types point to, served offline from the problem table.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> list_problems(exchange& each);
boost::asio::awaitable<void> read_problem(exchange& each);

} // namespace rest
