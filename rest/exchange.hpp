// One request on its way through guards, route and handler, and the answer that grows with it.
#pragma once

#include "rest/problem.hpp"
#include "rest/query.hpp"
#include "rest/reply.hpp"
#include "rest/request.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rest {

class http_connection;
struct route_row;

// A request that is done once however often it comes; see idempotency.
struct once_key {
    std::string name;        // of its document
    std::string fingerprint; // of the request
    bool done = false;
};

struct exchange {
    http_connection& connection;
    const request& asked;
    std::string_view path{};      // of the target, raw
    std::string_view authority{}; // the Host that was asked, with its port
    // What stands for the "{...}" of the route's path, raw, and for a second one.
    std::optional<std::string_view> rest{};
    std::string_view second{};
    query options{};
    const route_row* row = nullptr;
    reply answer{};
    bool answered = false;          // guards: refused, the handler is not called
    bool written = false;           // the handler has sent head and body by itself
    bool upgraded = false;          // after the answer the socket belongs to the upgrade handler
    std::optional<once_key> once{}; // with Idempotency-Key
};

// Ends the exchange with a problem, in the form that the caller reads.
void refuse(exchange& each, const problem& what);

// "http://host" of this request, for commands that are shown.
std::string base_uri(const exchange& each);

// The same request with another value of one option; the value is taken as it is.
std::string uri_with(const exchange& each, std::string_view name, std::string_view value);

} // namespace rest
