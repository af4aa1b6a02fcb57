#include "rest/ip_network.hpp"

#include "rest/query.hpp"

#include <algorithm>
#include <string>

namespace rest {
namespace {

namespace ip = boost::asio::ip;

constexpr unsigned v4_bits = 32;
constexpr unsigned v6_bits = 128;

ip::address_v6::bytes_type as_v6_bytes(const ip::address& address) {
    return address.is_v6() ? address.to_v6().to_bytes()
                           : ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

} // namespace

bool ip_network::holds(const ip::address& address) const {
    const auto other = as_v6_bytes(address);
    const auto whole = bits / 8;
    if (!std::equal(bytes.begin(), bytes.begin() + whole, other.begin()))
        return false;
    const auto rest = bits % 8;
    return rest == 0 || (bytes[whole] ^ other[whole]) >> (8 - rest) == 0;
}

std::optional<ip::address> parse_ip_address(std::string_view text) {
    if (text.find('%') != text.npos)
        return std::nullopt;
    boost::system::error_code failure;
    const auto address = ip::make_address(std::string(text), failure);
    return failure ? std::nullopt : std::optional(address);
}

std::optional<ip_network> parse_ip_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_ip_address(text.substr(0, slash));
    if (!address)
        return std::nullopt;
    const unsigned most = address->is_v4() ? v4_bits : v6_bits;
    unsigned bits = most;
    if (slash != text.npos) {
        const auto number = parse_number(text.substr(slash + 1));
        if (!number || *number > most)
            return std::nullopt;
        bits = static_cast<unsigned>(*number);
    }
    return ip_network{as_v6_bytes(*address), bits + v6_bits - most};
}

} // namespace rest
