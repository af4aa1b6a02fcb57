// Every route: one row, and the only place where a path, its methods and its handler meet.
// The OpenAPI document (openapi/) describes the same rows; a contract test holds the two against
// each other.
#pragma once

#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>

#include <span>
#include <string_view>

namespace rest {

enum class caller {
    anyone,
    known
}; // known: authenticated, anonymous callers where they are allowed

// Who reads the body of a request: the connection, before the handler is called and at most
// http_max_body bytes; or the handler, part by part as it arrives, without a limit.
enum class body_kind { whole, in_parts };

struct route_row {
    http_verb method;
    // "{topic}" at the end stands for any text, slashes included; any other "{name}" for one
    // segment, of which there may be two.
    std::string_view path;
    std::string_view operation; // operationId
    caller who;
    boost::asio::awaitable<void> (*handle)(exchange&);
    body_kind body = body_kind::whole;
};

// HEAD is answered wherever GET is, and OPTIONS everywhere; rows for them exist where they are more
// than that.
std::span<const route_row> route_table();

} // namespace rest
