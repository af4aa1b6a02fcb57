#include "rest/cors.hpp"

#include "rest/request.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace rest {
namespace {

struct authority_parts {
    std::string_view host; // an IPv6 address without its brackets
    std::string_view port;
    bool bracketed = false;
};

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

std::optional<authority_parts> split(std::string_view authority) {
    authority_parts parts;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos)
            return std::nullopt;
        parts.host = authority.substr(1, end - 1);
        parts.bracketed = true;
        authority.remove_prefix(end + 1);
    } else {
        const auto end = std::min(authority.find(':'), authority.size());
        parts.host = authority.substr(0, end);
        authority.remove_prefix(end);
        if (!std::all_of(parts.host.begin(), parts.host.end(), is_host_character))
            return std::nullopt;
    }
    if (parts.host.empty())
        return std::nullopt;
    if (!authority.empty()) {
        if (authority[0] != ':')
            return std::nullopt;
        parts.port = authority.substr(1);
        if (parts.port.size() > 5 || !std::all_of(parts.port.begin(), parts.port.end(),
                                                  [](char c) { return c >= '0' && c <= '9'; }))
            return std::nullopt;
    }
    return parts;
}

bool is_address(const authority_parts& parts) {
    boost::system::error_code failure;
    const auto address = boost::asio::ip::make_address(std::string(parts.host), failure);
    return !failure && address.is_v6() == parts.bracketed;
}

std::string_view without_dot(std::string_view host) {
    if (host.ends_with('.'))
        host.remove_suffix(1); // the root of the name system: "broker.local." is "broker.local"
    return host;
}

std::string_view default_port(std::string_view scheme) {
    return equal_ignoring_case(scheme, "https") ? "443" : "80";
}

// The authority of "http://host:port" or "https://host:port", and nothing behind it.
std::optional<authority_parts> split_origin(std::string_view origin, std::string_view& scheme) {
    const auto mark = origin.find("://");
    if (mark == std::string_view::npos)
        return std::nullopt;
    scheme = origin.substr(0, mark);
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https"))
        return std::nullopt;
    return split(origin.substr(mark + 3));
}

// TLS may end in a proxy before us, so either scheme is ours when host and port are.
bool is_own(std::string_view origin, std::string_view authority) {
    std::string_view scheme;
    const auto theirs = split_origin(origin, scheme);
    const auto ours = split(authority);
    if (!theirs || !ours || !equal_ignoring_case(theirs->host, ours->host))
        return false;
    const auto fallback = default_port(scheme);
    return (theirs->port.empty() ? fallback : theirs->port) ==
           (ours->port.empty() ? fallback : ours->port);
}

constexpr std::string_view exposed_fields =
    "Accept-Patch, ETag, Idempotency-Replayed, Last-Modified, Link, Location, Mqtt-Content-Type, "
    "Mqtt-Correlation-Data, Mqtt-Count, Mqtt-Cursor, Mqtt-Expiry, Mqtt-Gap, Mqtt-Matched, "
    "Mqtt-Qos, "
    "Mqtt-Reason-Code, Mqtt-Response-Topic, Mqtt-Retain, Mqtt-Stream, Mqtt-Topic, Mqtt-Truncated, "
    "Mqtt-User-Property, "
    "Preference-Applied, RateLimit, RateLimit-Policy, Request-Id, Retry-After";

constexpr std::string_view allowed_fields =
    "Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Mqtt-Content-Type, "
    "Mqtt-Correlation-Data, Mqtt-Message-Expiry, Mqtt-Payload-Format-Indicator, Mqtt-Qos, "
    "Mqtt-Response-Topic, Mqtt-Retain, Mqtt-User-Properties, Mqtt-User-Property, Prefer";

} // namespace

bool is_authority(std::string_view authority) {
    return split(authority).has_value();
}

bool is_served_host(std::string_view authority, const settings& rules) {
    const auto parts = split(authority);
    if (!parts)
        return false;
    const auto host = without_dot(parts->host);
    if (!parts->bracketed && equal_ignoring_case(host, "localhost"))
        return true;
    if (is_address(*parts))
        return true;
    if (parts->bracketed)
        return false;
    return std::any_of(rules.hosts.begin(), rules.hosts.end(), [host](const std::string& each) {
        return equal_ignoring_case(without_dot(each), host);
    });
}

origin_kind judge_origin(std::string_view origin, std::string_view authority,
                         const settings& rules) {
    if (origin.empty())
        return origin_kind::none;
    if (is_own(origin, authority))
        return origin_kind::own;
    bool any = false;
    for (const auto& listed : rules.cors_origins) {
        if (listed == "*")
            any = true;
        else if (equal_ignoring_case(listed, origin))
            return origin_kind::listed;
    }
    return any ? origin_kind::any : origin_kind::foreign;
}

bool may_act(origin_kind kind, bool with_credentials) {
    return kind != origin_kind::foreign && !(kind == origin_kind::any && with_credentials);
}

void add_cors(reply& answer, origin_kind kind, std::string_view origin, const settings& rules) {
    if (rules.cors_origins.empty())
        return;
    answer.add("Vary", "Origin"); // a cache must not give one origin's answer to another
    if (kind == origin_kind::listed) {
        answer.add("Access-Control-Allow-Origin", origin);
        answer.add("Access-Control-Allow-Credentials", "true");
    } else if (kind == origin_kind::any) {
        answer.add("Access-Control-Allow-Origin", "*");
    } else {
        return;
    }
    answer.add("Access-Control-Expose-Headers", exposed_fields);
}

void add_preflight(reply& answer, origin_kind kind, std::string_view allow) {
    if (kind != origin_kind::listed && kind != origin_kind::any)
        return;
    answer.add("Access-Control-Allow-Methods", allow);
    std::string fields(allowed_fields);
    if (kind == origin_kind::listed)
        fields += ", Authorization";
    answer.add("Access-Control-Allow-Headers", fields);
    answer.add("Access-Control-Max-Age", "600");
}

} // namespace rest
