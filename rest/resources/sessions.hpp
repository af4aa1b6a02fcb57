// Sessions that are pulled, section 8 of the contract: MQTT sessions that need no connection.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

namespace rest {

boost::asio::awaitable<void> list_sessions(exchange& each);
boost::asio::awaitable<void> put_session(exchange& each);
boost::asio::awaitable<void> read_session(exchange& each);
boost::asio::awaitable<void> delete_session(exchange& each);
boost::asio::awaitable<void> add_session_subscriptions(exchange& each);
boost::asio::awaitable<void> remove_session_subscriptions(exchange& each);

boost::asio::awaitable<void> read_session_messages(exchange& each);
boost::asio::awaitable<void> pull_session_messages(exchange& each);
boost::asio::awaitable<void> acknowledge_session_messages(exchange& each);
boost::asio::awaitable<void> return_session_messages(exchange& each);
boost::asio::awaitable<void> extend_session_leases(exchange& each);

boost::asio::awaitable<void> stream_session(exchange& each);

} // namespace rest
