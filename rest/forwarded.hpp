// Who stands behind a proxy: Forwarded (RFC 7239) and X-Forwarded-For, believed from proxies that
// the operator trusts and from nobody else.
#pragma once

#include "rest/request.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rest {

// Proxies in a row that are looked at; the rest of a longer list counts as not there.
inline constexpr std::size_t forwarded_hops_max = 32;

// The node of one element of Forwarded: `for=192.0.2.60;proto=http`; empty where it names none.
std::string_view forwarded_node(std::string_view element);
// The address of the caller, in the form "203.0.113.7:0", or nothing where it is the peer itself:
// the peer is no trusted proxy, names nobody, or its two ways of naming somebody disagree.
std::optional<std::string> forwarded_caller(const request& asked, std::string_view peer,
                                            std::span<const std::string> trusted);

// Whether the browser speaks TLS to the proxy. requires: the peer is trusted
bool is_forwarded_secure(const request& asked);

} // namespace rest
