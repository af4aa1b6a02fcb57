// GET /api/v1/events and /api/v1/log: what happens in the process, while it happens.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> open_events(exchange& each);
boost::asio::awaitable<void> open_log(exchange& each);
boost::asio::awaitable<void> trace_client(exchange& each); // GET /api/v1/clients/{id}/trace

} // namespace rest
