// Many messages in one request: /api/v1/publish, and what users of EMQX send.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

// POST and PUT /api/v1/publish. Reads its body by itself.
boost::asio::awaitable<void> publish_batch(exchange& each);

// POST /api/v5/publish and /api/v5/publish/bulk, with EMQX's answers.
boost::asio::awaitable<void> publish_for_emqx(exchange& each);
boost::asio::awaitable<void> publish_bulk_for_emqx(exchange& each);

} // namespace rest
