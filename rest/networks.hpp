// Addresses of peers, and the networks that they may lie in.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rest {

// "10.0.0.0/8", "::1" or "unix" (whoever comes by a Unix socket).
bool is_network(std::string_view text);
// Whether the address lies in one of the networks. address: as net::peer_address has it.
bool is_in_networks(std::string_view address, std::span<const std::string> networks);

// An IP address with or without port, brackets and quotes, in the form "203.0.113.7:0" or
// "[2001:db8::1]:0"; nothing: it is none ("unknown", "_x").
std::optional<std::string> node_address(std::string_view node);

} // namespace rest
