// /api/v1/subscriptions and /api/v1/shared: who subscribes to what, and who would get a message.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> list_subscriptions(exchange& each);
boost::asio::awaitable<void> list_shared(exchange& each);

} // namespace rest
