// Messages as they come, over one answer that goes on until somebody leaves; section 6.
#pragma once

#include "rest/exchange.hpp"
#include "rest/stream_options.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace rest {

boost::asio::awaitable<void> stream_messages(exchange& each, std::vector<std::string> filters);

} // namespace rest
