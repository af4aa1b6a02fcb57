// The manual, which comes with the program: its first page, and its chapters.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_manual(exchange& each);

} // namespace rest
