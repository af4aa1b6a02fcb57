// /api/v1/clients: who is here, and what an administrator does with them.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> list_clients(exchange& each);
boost::asio::awaitable<void> read_client(exchange& each);
boost::asio::awaitable<void> disconnect_client(exchange& each);
boost::asio::awaitable<void> subscribe_client(exchange& each);

} // namespace rest
