// Questions to the process (administration.hpp), as handlers ask them.
#pragma once

#include "rest/administration.hpp"
#include "rest/http_connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace rest {

// Empty where nobody administers the process.
boost::asio::awaitable<std::vector<listener_row>> all_listeners(http_connection& connection);
// The first one with the port. Nothing: none has it.
boost::asio::awaitable<std::optional<listener_row>> find_listener(http_connection& connection,
                                                                  std::uint16_t port);

} // namespace rest
