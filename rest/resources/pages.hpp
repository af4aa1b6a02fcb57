// The web pages of the server itself, "/" and the files that belong to it.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_page(exchange& each);

} // namespace rest
