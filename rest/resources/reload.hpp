// POST /api/v1/reload: the configuration is read again, as SIGHUP does it.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> reload_configuration(exchange& each);

} // namespace rest
