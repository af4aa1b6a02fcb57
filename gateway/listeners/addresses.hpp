// Where a listener is to listen: what its address, its network device and its address family
// select.
#pragma once

#include "gateway/settings.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace gateway {

// Throws boost::system::system_error when a name can't be resolved or a device is not there. Empty:
// nothing of that family. requires: the listener is not a Unix socket
std::vector<boost::asio::ip::tcp::endpoint> addresses_of(const listener& rules);

} // namespace gateway
