#include "mqtt/driver/stream.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <sys/socket.h>

namespace mqtt {
namespace {

boost::system::error_code last_error() {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return boost::asio::error::would_block;
    return {errno, boost::system::system_category()};
}

} // namespace

tcp_stream::tcp_stream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored; // a peer that is gone already shows at the first read
    socket_.native_non_blocking(true, ignored);
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
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

std::unique_ptr<stream> tcp_stream::move_to(boost::asio::io_context& other) {
    boost::system::error_code failure;
    const auto protocol = socket_.local_endpoint(failure).protocol();
    const auto descriptor = socket_.release(failure);
    if (failure)
        return nullptr;
    boost::asio::ip::tcp::socket moved(other);
    moved.assign(protocol, descriptor, failure);
    if (failure)
        return nullptr;
    return std::make_unique<tcp_stream>(std::move(moved));
}

} // namespace mqtt
