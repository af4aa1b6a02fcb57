// Topics as resources, section 3 of the contract.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> read_topic(exchange& each);     // GET, HEAD
boost::asio::awaitable<void> publish_topic(exchange& each);  // PUT, POST
boost::asio::awaitable<void> publish_by_get(exchange& each); // GET with ?publish=
boost::asio::awaitable<void> patch_topic(exchange& each);    // PATCH
boost::asio::awaitable<void> clear_topic(exchange& each);    // DELETE
boost::asio::awaitable<void> query_topics(exchange& each);   // POST /api/v1/query
boost::asio::awaitable<void> open_stream(exchange& each);    // GET /api/v1/stream

} // namespace rest
