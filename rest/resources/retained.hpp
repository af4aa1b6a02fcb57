// /api/v1/retained: the retained values of all topics, for administrators: whatever the rules say
// of the topics.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> list_retained(exchange& each);
boost::asio::awaitable<void> clear_retained_values(exchange& each);

} // namespace rest
