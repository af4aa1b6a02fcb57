// /api/v1/acl/check and /api/v1/me: who may do what, and which rule says so.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> check_right(exchange& each);
boost::asio::awaitable<void> read_me(exchange& each);

} // namespace rest
