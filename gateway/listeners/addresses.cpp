#include "gateway/listeners/addresses.hpp"

#include <algorithm>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <string>

namespace gateway {
namespace {

using boost::asio::ip::tcp;
using endpoints = std::vector<tcp::endpoint>;

endpoints of_device(const std::string& device, std::uint16_t port) {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0)
        throw boost::system::system_error(errno, boost::system::system_category(),
                                          "bind_interface " + device);
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, &::freeifaddrs);
    endpoints found;
    for (const auto* each = all.get(); each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || device != each->ifa_name)
            continue;
        if (each->ifa_addr->sa_family == AF_INET) {
            sockaddr_in address{};
            std::memcpy(&address, each->ifa_addr, sizeof address);
            found.emplace_back(boost::asio::ip::address_v4(ntohl(address.sin_addr.s_addr)), port);
        } else if (each->ifa_addr->sa_family == AF_INET6) {
            sockaddr_in6 address{};
            std::memcpy(&address, each->ifa_addr, sizeof address);
            boost::asio::ip::address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
            found.emplace_back(boost::asio::ip::address_v6(bytes, address.sin6_scope_id), port);
        }
    }
    if (found.empty())
        throw boost::system::system_error(ENODEV, boost::system::system_category(),
                                          "bind_interface " + device);
    return found;
}

endpoints of_name(const std::string& name, std::uint16_t port) {
    boost::asio::io_context context;
    tcp::resolver resolver(context);
    endpoints found;
    for (const auto& entry : resolver.resolve(name, std::to_string(port)))
        found.push_back(entry.endpoint()); // bound: the resolver's answer
    return found;
}

} // namespace

endpoints addresses_of(const listener& rules) {
    endpoints found;
    if (!rules.bind_interface.empty())
        found = of_device(rules.bind_interface, rules.port);
    else if (rules.bind_address.empty())
        found = {{tcp::v4(), rules.port}, {tcp::v6(), rules.port}};
    else
        found = of_name(rules.bind_address, rules.port);
    std::erase_if(found, [&](const tcp::endpoint& each) {
        const bool six = each.address().is_v6();
        return (rules.domain == socket_domain::ipv4 && six) ||
               (rules.domain == socket_domain::ipv6 && !six);
    });
    return found;
}

} // namespace gateway
