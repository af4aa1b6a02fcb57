// A network as configuration writes it: an address, or one with the length of its prefix (RFC 4632,
// RFC 4291 section 2.3).
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>

namespace rest {

struct ip_network {
    boost::asio::ip::address_v6::bytes_type bytes; // IPv4 as mapped into IPv6
    unsigned bits;                                 // of them; at most 128

    bool holds(const boost::asio::ip::address& address) const;
};

// An address without a zone, which means something on one machine only; nothing: it is none.
std::optional<boost::asio::ip::address> parse_ip_address(std::string_view text);
// "10.0.0.0/8" or "::1"; nothing: it is none.
std::optional<ip_network> parse_ip_network(std::string_view text);

} // namespace rest
