// POST /api/v1/contrast: the process measures, against itself, what the same message takes by MQTT
// and by HTTP.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> measure_contrast(exchange& each);

} // namespace rest
