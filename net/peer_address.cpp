#include "net/peer_address.hpp"

#include <sys/socket.h>

namespace net {

std::string peer_address(const boost::asio::ip::tcp::socket& socket) {
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    if (::getsockname(const_cast<boost::asio::ip::tcp::socket&>(socket).native_handle(),
                      reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
        own.ss_family == AF_UNIX)
        return "unix";
    boost::system::error_code failure;
    const auto peer = socket.remote_endpoint(failure);
    if (failure)
        return "unknown";
    auto address = peer.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    const auto text = address.to_string();
    return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(peer.port());
}

} // namespace net
