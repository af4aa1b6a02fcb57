// The topics as a Thing of the Web of Things (TD 1.1): each is a property that is read, written and
// watched over HTTP or over MQTT.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_thing(exchange& each);

} // namespace rest
