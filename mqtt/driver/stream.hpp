// Bytes of one connection, without waiting: a TCP socket now, TLS on the same descriptor later.
// Whoever owns a stream waits for readiness on its socket and then calls read or write.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <sys/uio.h>

namespace mqtt {

class stream {
public:
    virtual ~stream() = default;
    // Bytes read; 0 with an error: would_block when there is nothing now, eof when the peer has
    // finished.
    virtual std::size_t read(std::span<char> room, boost::system::error_code& failure) = 0;
    // Bytes written, maybe fewer than given; 0 with would_block when the peer takes nothing now.
    virtual std::size_t write(std::span<const iovec> parts, boost::system::error_code& failure) = 0;
    virtual boost::asio::ip::tcp::socket& socket() = 0;
    // The same connection on another shard. The stream is empty afterwards.
    virtual std::unique_ptr<stream> move_to(boost::asio::io_context& other) = 0;
};

// [MQTT-4.2.0-1] [MQTT3-7.1.1-1]
class tcp_stream final : public stream {
public:
    // Makes the socket non-blocking and turns Nagle's algorithm off: coalescing in the turn
    // replaces it.
    explicit tcp_stream(boost::asio::ip::tcp::socket socket);

    std::size_t read(std::span<char> room, boost::system::error_code& failure) override;
    std::size_t write(std::span<const iovec> parts, boost::system::error_code& failure) override;
    boost::asio::ip::tcp::socket& socket() override { return socket_; }
    std::unique_ptr<stream> move_to(boost::asio::io_context& other) override;

private:
    boost::asio::ip::tcp::socket socket_;
};

} // namespace mqtt
