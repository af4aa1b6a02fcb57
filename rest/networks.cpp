#include "rest/networks.hpp"

#include "rest/request.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace rest {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

struct network {
    ip::address_v6 address; // IPv4 mapped
    unsigned bits = 128;
};

ip::address_v6 mapped(const ip::address& address) {
    return address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

std::optional<ip::address> address_from(std::string_view text) {
    if (text.find('%') != text.npos) // a zone means something on one machine only
        return std::nullopt;
    error_code failure;
    const auto address = ip::make_address(std::string(text), failure);
    return failure ? std::nullopt : std::optional(address);
}

std::optional<network> network_from(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = address_from(text.substr(0, slash));
    if (!address)
        return std::nullopt;
    const unsigned most = address->is_v6() ? 128 : 32;
    unsigned bits = most;
    if (slash != text.npos) {
        const auto digits = text.substr(slash + 1);
        if (digits.empty() || digits.size() > 3 ||
            !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
            return std::nullopt;
        bits = static_cast<unsigned>(std::stoul(std::string(digits)));
        if (bits > most)
            return std::nullopt;
    }
    return network{mapped(*address), bits + 128 - most};
}

bool holds(const network& wide, const ip::address_v6& address) {
    const auto left = wide.address.to_bytes();
    const auto right = address.to_bytes();
    for (unsigned bit = 0; bit < wide.bits; ++bit) {
        const auto mask = static_cast<unsigned char>(0x80U >> bit % 8);
        if ((left[bit / 8] & mask) != (right[bit / 8] & mask))
            return false;
    }
    return true;
}

std::string_view unquoted(std::string_view text) {
    text = trimmed(text);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    return text;
}

} // namespace

bool is_network(std::string_view text) {
    return text == "unix" || network_from(text).has_value();
}

bool is_in_networks(std::string_view address, std::span<const std::string> networks) {
    if (networks.empty())
        return false;
    if (address == "unix")
        return std::find(networks.begin(), networks.end(), "unix") != networks.end();
    const auto plain = node_address(address);
    const auto bare =
        plain ? address_from(plain->starts_with('[') ? plain->substr(1, plain->find(']') - 1)
                                                     : plain->substr(0, plain->find(':')))
              : std::nullopt;
    return bare && std::any_of(networks.begin(), networks.end(), [&](const std::string& each) {
               const auto wide = network_from(each);
               return wide && holds(*wide, mapped(*bare));
           });
}

std::optional<std::string> node_address(std::string_view node) {
    node = unquoted(node);
    if (node.starts_with('[')) {
        const auto end = node.find(']');
        if (end == node.npos)
            return std::nullopt;
        node = node.substr(1, end - 1);
    } else if (std::count(node.begin(), node.end(), ':') == 1) {
        node = node.substr(0, node.find(':'));
    }
    auto address = address_from(node);
    if (!address)
        return std::nullopt;
    if (address->is_v6() && address->to_v6().is_v4_mapped())
        address = ip::make_address_v4(ip::v4_mapped, address->to_v6());
    const auto text = address->to_string();
    return address->is_v6() ? "[" + text + "]:0" : text + ":0";
}

} // namespace rest
