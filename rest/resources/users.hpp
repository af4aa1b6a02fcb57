// /api/v1/users: who the password file of the listener knows.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> list_users(exchange& each);
boost::asio::awaitable<void> read_user(exchange& each);
boost::asio::awaitable<void> put_user(exchange& each);
boost::asio::awaitable<void> delete_user(exchange& each);

} // namespace rest
