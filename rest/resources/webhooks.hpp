// /api/v1/webhooks: what calls others when messages come. Section 9 of the contract.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> list_webhooks(exchange& each);
boost::asio::awaitable<void> read_webhook(exchange& each);
boost::asio::awaitable<void> put_webhook(exchange& each);
boost::asio::awaitable<void> delete_webhook(exchange& each);
boost::asio::awaitable<void> list_deliveries(exchange& each);
boost::asio::awaitable<void> retry_delivery(exchange& each);
boost::asio::awaitable<void> replay_webhook(exchange& each);
boost::asio::awaitable<void> test_webhook(exchange& each);

} // namespace rest
