// The streams that run: lists them, shows one, changes its filters while it runs, ends it.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

// Everybody sees his own, an administrator all of them.
boost::asio::awaitable<void> list_streams(exchange& each);
boost::asio::awaitable<void> read_stream(exchange& each);
boost::asio::awaitable<void> change_stream(exchange& each);
boost::asio::awaitable<void> end_stream(exchange& each);

} // namespace rest
