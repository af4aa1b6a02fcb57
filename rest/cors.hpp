// What protects callers from foreign web pages: which Host names are served, which Origins may act,
// and the CORS header fields that tell browsers so; section 12.
#pragma once

#include "rest/problem.hpp"
#include "rest/reply.hpp"
#include "rest/settings.hpp"

#include <string_view>

namespace rest {

// IP addresses and localhost always are; other names only when listed, so that a page cannot reach
// us by rebinding its own name to our address.
bool is_served_host(std::string_view authority, const settings& rules);

// name or address, with or without port, and nothing else.
bool is_authority(std::string_view authority);

enum class origin_kind {
    none,   // no Origin: not a browser, or a plain navigation
    own,    // a page that we served
    listed, // http_cors_origin names it
    any,    // http_cors_origin is "*"
    foreign,
};

origin_kind judge_origin(std::string_view origin, std::string_view authority,
                         const settings& rules);

// Whether a request that changes something, or opens a WebSocket, may go on. with_credentials: it
// shows who it is from; a browser may have added that by itself, so "*" is not enough for it.
bool may_act(origin_kind kind, bool with_credentials);

// For every answer.
void add_cors(reply& answer, origin_kind kind, std::string_view origin, const settings& rules);
// For an answer to a preflight.
void add_preflight(reply& answer, origin_kind kind, std::string_view allow);

} // namespace rest
