#include "rest/webhooks/target.hpp"

#include "rest/query.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace rest::webhooks {
namespace {

namespace ip = boost::asio::ip;

problem bad_url(std::string detail) {
    return {.id = problem_id::body_not_readable,
            .detail = "'url' " + std::move(detail),
            .hint = "An https URL such as https://example.org/hook."};
}

struct block_v4 {
    std::uint32_t address;
    unsigned bits;
};

constexpr std::uint32_t quad(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24U | b << 16U | c << 8U | d;
}

// Not globally reachable, IANA's registry of special-purpose addresses (RFC 6890), and multicast.
constexpr std::array special_v4{
    block_v4{quad(0, 0, 0, 0), 8},       // this network
    block_v4{quad(10, 0, 0, 0), 8},      // private
    block_v4{quad(100, 64, 0, 0), 10},   // shared by carriers
    block_v4{quad(127, 0, 0, 0), 8},     // loopback
    block_v4{quad(169, 254, 0, 0), 16},  // link-local, and what clouds tell their machines
    block_v4{quad(172, 16, 0, 0), 12},   // private
    block_v4{quad(192, 0, 0, 0), 24},    // protocol assignments
    block_v4{quad(192, 0, 2, 0), 24},    // documentation
    block_v4{quad(192, 31, 196, 0), 24}, // AS112
    block_v4{quad(192, 52, 193, 0), 24}, // AMT
    block_v4{quad(192, 88, 99, 0), 24},  // relays of 6to4
    block_v4{quad(192, 168, 0, 0), 16},  // private
    block_v4{quad(192, 175, 48, 0), 24}, // AS112
    block_v4{quad(198, 18, 0, 0), 15},   // benchmarks
    block_v4{quad(198, 51, 100, 0), 24}, // documentation
    block_v4{quad(203, 0, 113, 0), 24},  // documentation
    block_v4{quad(224, 0, 0, 0), 4},     // multicast
    block_v4{quad(240, 0, 0, 0), 4},     // reserved, broadcast
};

bool is_public_v4(std::uint32_t address) {
    return std::none_of(special_v4.begin(), special_v4.end(), [address](const block_v4& block) {
        return (address ^ block.address) >> (32 - block.bits) == 0;
    });
}

std::uint32_t last_quad(const ip::address_v6::bytes_type& bytes) {
    return quad(bytes[12], bytes[13], bytes[14], bytes[15]);
}

bool is_public_v6(const ip::address_v6& address) {
    const auto bytes = address.to_bytes();
    const auto word = [&bytes](std::size_t at) {
        return static_cast<std::uint32_t>(bytes[at]) << 8U | bytes[at + 1];
    };
    if (address.is_v4_mapped())
        return is_public_v4(last_quad(bytes));
    // NAT64 (RFC 6052): who calls it calls the IPv4 address within.
    constexpr std::array<unsigned char, 12> nat64{0x00, 0x64, 0xFF, 0x9B};
    if (std::equal(nat64.begin(), nat64.end(), bytes.begin()))
        return is_public_v4(last_quad(bytes));
    if (word(0) >> 13U != 1U) // 2000::/3 is all that is given out
        return false;
    const bool special = (word(0) == 0x2001 && word(2) < 0x0200) ||  // Teredo, ORCHID and the like
                         (word(0) == 0x2001 && word(2) == 0x0DB8) || // documentation
                         word(0) == 0x2002 ||                        // 6to4 hides an IPv4 address
                         (word(0) == 0x3FFF && word(2) < 0x1000);    // documentation
    return !special;
}

} // namespace

checked<target> parse_target(std::string_view url) {
    constexpr std::size_t bytes_max = 2048;
    if (url.empty() || url.size() > bytes_max)
        return bad_url("is an https URL of at most 2048 bytes");
    const auto read = boost::urls::parse_uri(url);
    if (!read || (read->scheme() != "https" && read->scheme() != "http"))
        return bad_url("is no https URL");
    if (read->has_userinfo())
        return bad_url("has a user name; whoever sees the webhook would see it");
    if (read->has_fragment() || read->encoded_host().empty())
        return bad_url(read->has_fragment() ? "has a '#' part, which is not sent to anybody"
                                            : "names no host");
    const bool has_port = read->has_port() && !read->port().empty(); // [RFC3986-3.2.3]
    const auto number = parse_number(has_port ? std::string_view(read->port()) : "443");
    if (!number || *number == 0 || *number > 65'535)
        return bad_url("has a port that does not exist");
    target made;
    made.encrypted = read->scheme() == "https";
    made.host = read->host_address(); // decoded, without brackets
    const bool plain = std::all_of(made.host.begin(), made.host.end(),
                                   [](char c) { return c > 0x20 && c < 0x7F; });
    if (!plain)
        return bad_url("has a host that is not ASCII; write it in its xn-- form");
    made.port = has_port ? std::to_string(*number) : made.encrypted ? "443" : "80";
    made.authority = std::string(read->encoded_host());
    if (has_port)
        made.authority += ":" + made.port;
    made.resource = std::string(read->encoded_path());
    if (made.resource.empty())
        made.resource = "/";
    made.shown = std::string(read->scheme()) + "://" + made.authority + made.resource;
    if (read->has_query())
        made.resource += "?" + std::string(read->encoded_query());
    boost::system::error_code failure;
    const auto literal = ip::make_address(made.host, failure);
    if (!failure)
        made.literal = literal;
    return made;
}

bool is_network(std::string_view text) {
    return parse_ip_network(text).has_value();
}

address_rules::address_rules(const std::vector<std::string>& allowed) {
    for (const auto& each : allowed)
        if (const auto read = parse_ip_network(each))
            allowed_.push_back(*read); // bound: webhook_allow lines
}

bool address_rules::allows(const ip::address& address, bool encrypted) const {
    if (encrypted && is_public(address))
        return true;
    return std::any_of(allowed_.begin(), allowed_.end(),
                       [&address](const ip_network& each) { return each.holds(address); });
}

bool is_public(const ip::address& address) {
    return address.is_v4() ? is_public_v4(address.to_v4().to_uint())
                           : is_public_v6(address.to_v6());
}

} // namespace rest::webhooks
