// Where a webhook calls: the parts of its URL, and which addresses the server may call at all. The
// second is what keeps whoever may make webhooks out of the operator's own network.
#pragma once

#include "rest/ip_network.hpp"
#include "rest/problem.hpp"
#include "rest/webhooks/network.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rest::webhooks {

struct target {
    bool encrypted = true;
    std::string host; // a name, or an address without brackets
    std::string port;
    std::string authority; // for the field Host
    std::string resource;  // path and query
    std::string shown;     // for logs and messages: what stands behind '?' may be a secret
    std::optional<boost::asio::ip::address> literal{}; // host, where it is an address
};

// http and https URLs without user name and fragment.
checked<target> parse_target(std::string_view url);

class address_rules {
public:
    // allowed: what webhook_allow says. requires: is_network of each
    explicit address_rules(const std::vector<std::string>& allowed);

    // Whether the server may call it: public addresses over TLS, and those that are allowed.
    bool allows(const boost::asio::ip::address& address, bool encrypted) const;

private:
    std::vector<ip_network> allowed_; // bound: webhook_allow lines
};

// Whether everybody in the internet could call it: no loopback, link-local, private, shared,
// multicast or reserved one, also not inside an address that stands for another one.
bool is_public(const boost::asio::ip::address& address);

} // namespace rest::webhooks
