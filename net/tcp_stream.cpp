#include "net/tcp_stream.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <sys/socket.h>

namespace net {
namespace {

boost::system::error_code last_error() {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return boost::asio::error::would_block;
    return {errno, boost::system::system_category()};
}

} // namespace

boost::asio::ip::tcp::socket moved_socket(boost::asio::ip::tcp::socket& from,
                                          boost::asio::io_context& other) {
    boost::asio::ip::tcp::socket moved(other);
    boost::system::error_code failure;
    const auto protocol = from.local_endpoint(failure).protocol(); // v6 for a Unix socket, where
                                                                   // nothing depends on it
    const auto descriptor = from.release(failure);
    if (!failure)
        moved.assign(protocol, descriptor, failure);
    return moved;
}

void prepare(boost::asio::ip::tcp::socket& socket) {
    boost::system::error_code ignored; // a peer that is gone already shows at the first read
    socket.native_non_blocking(true, ignored);
    socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

tcp_stream::tcp_stream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    prepare(socket_);
}

std::size_t tcp_stream::read(std::span<char> room, boost::system::error_code& failure) {
    const auto count = ::recv(socket_.native_handle(), room.data(), room.size(), 0);
    if (count > 0)
        return static_cast<std::size_t>(count);
    failure =
        count == 0 ? boost::asio::error::make_error_code(boost::asio::error::eof) : last_error();
    return 0;
}

std::size_t tcp_stream::write(std::span<const iovec> parts, boost::system::error_code& failure) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());
    message.msg_iovlen = parts.size();
    const auto count =
        parts.size() == 1
            ? ::send(socket_.native_handle(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL)
            : ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (count >= 0)
        return static_cast<std::size_t>(count);
    failure = last_error();
    return 0;
}

void tcp_stream::finish_sending() {
    boost::system::error_code ignored; // the peer may be gone
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
}

std::unique_ptr<stream> tcp_stream::move_to(boost::asio::io_context& other) {
    auto moved = moved_socket(socket_, other);
    if (!moved.is_open())
        return nullptr;
    return std::make_unique<tcp_stream>(std::move(moved));
}

} // namespace net
