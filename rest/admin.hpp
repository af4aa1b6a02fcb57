// Who may administer the server by HTTP: the same access rules, on topics below $CONTROL/http/.
#pragma once

#include "mqtt/auth/access.hpp"
#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace rest {

// Refuses the exchange unless the caller may read (receive) or change (publish) $CONTROL/http/ and
// the name behind it.
boost::asio::awaitable<void> admit_administrator(exchange& each, mqtt::operation what,
                                                 std::string_view name);

} // namespace rest
