// What browsers use in the place of a password: tickets for streams, and the cookie of a login.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> make_ticket(exchange& each);
boost::asio::awaitable<void> log_in(exchange& each);
boost::asio::awaitable<void> log_out(exchange& each);

} // namespace rest
