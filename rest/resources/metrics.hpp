// GET /metrics: what Prometheus asks for every few seconds.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_metrics(exchange& each);

} // namespace rest
