// The MQTT side as AsyncAPI 3.0 describes it, made of the listeners and of the topics that have
// values now.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_asyncapi(exchange& each);

} // namespace rest
