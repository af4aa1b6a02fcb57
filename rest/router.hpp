// From a request to its handler, past the guards: is it for us, does a foreign web page ask, which
// route, and who asks.
#pragma once

#include "rest/exchange.hpp"
#include "rest/route_table.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace rest {

// The parts of a request target. [RFC9112-3.2]
struct target_parts {
    std::string_view path;
    std::string_view query;
    std::string_view authority; // of the absolute form only
};

// Nothing: neither a path, nor an absolute URI, nor "*".
std::optional<target_parts> split_target(std::string_view target);

struct found_route {
    const route_row* row = nullptr;       // null: no such path, or not with this method
    std::optional<std::string_view> rest; // what stands for "{...}"
    std::string_view second;              // for the second one
    bool path_exists = false;
};

found_route find_route(http_verb method, std::string_view path);

// "GET, HEAD, OPTIONS": what the path takes; empty when there is no such path. [RFC9110-10.2.1]
std::string allowed_methods(std::string_view path);

void refuse_unknown_path(exchange& each);

// Whether more than an answer comes of it: any method that is not safe, a WebSocket, a GET that
// publishes.
bool changes_something(const exchange& each);

// ensures: the exchange is refused, or its row is set and its caller let in.
boost::asio::awaitable<void> admit(exchange& each);

// Any OPTIONS: what the path takes, and what a browser's preflight wants to know.
boost::asio::awaitable<void> answer_options(exchange& each);

} // namespace rest
