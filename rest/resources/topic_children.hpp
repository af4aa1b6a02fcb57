// The topics below a topic, one level at a time: what a tree of topics is drawn from.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> list_children(exchange& each); // GET /api/v1/topics

} // namespace rest
