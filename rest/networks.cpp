#include "rest/networks.hpp"

#include "rest/ip_network.hpp"
#include "rest/request.hpp"

#include <algorithm>

namespace rest {
namespace {

namespace ip = boost::asio::ip;

std::string_view unquoted(std::string_view text) {
    text = trimmed(text);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    return text;
}

} // namespace

bool is_network(std::string_view text) {
    return text == "unix" || parse_ip_network(text).has_value();
}

bool is_in_networks(std::string_view address, std::span<const std::string> networks) {
    if (networks.empty())
        return false;
    if (address == "unix")
        return std::find(networks.begin(), networks.end(), "unix") != networks.end();
    const auto plain = node_address(address);
    const auto bare =
        plain ? parse_ip_address(plain->starts_with('[') ? plain->substr(1, plain->find(']') - 1)
                                                         : plain->substr(0, plain->find(':')))
              : std::nullopt;
    return bare && std::any_of(networks.begin(), networks.end(), [&](const std::string& each) {
               const auto wide = parse_ip_network(each);
               return wide && wide->holds(*bare);
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
    auto address = parse_ip_address(node);
    if (!address)
        return std::nullopt;
    if (address->is_v6() && address->to_v6().is_v4_mapped())
        address = ip::make_address_v4(ip::v4_mapped, address->to_v6());
    const auto text = address->to_string();
    return address->is_v6() ? "[" + text + "]:0" : text + ":0";
}

} // namespace rest
