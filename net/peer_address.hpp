// The other end of a connection, as logs and rules name it.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace net {

// "203.0.113.7:51234" or "[2001:db8::1]:51234"; IPv4 that came by an IPv6 socket is IPv4. "unix":
// by a Unix socket. "unknown"
// where the peer is gone already.
std::string peer_address(const boost::asio::ip::tcp::socket& socket);

} // namespace net
