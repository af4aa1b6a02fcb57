// The plain stream of one TCP connection. [MQTT-4.2.0-1] [MQTT3-7.1.1-1]
#pragma once

#include "net/stream.hpp"

namespace net {

// Makes the socket non-blocking and turns Nagle's algorithm off: what is written is gathered
// before.
void prepare(boost::asio::ip::tcp::socket& socket);

class tcp_stream final : public stream {
public:
    explicit tcp_stream(boost::asio::ip::tcp::socket socket);

    std::size_t read(std::span<char> room, boost::system::error_code& failure) override;
    std::size_t write(std::span<const iovec> parts, boost::system::error_code& failure) override;
    void finish_sending() override;
    boost::asio::ip::tcp::socket& socket() override { return socket_; }
    std::unique_ptr<stream> move_to(boost::asio::io_context& other) override;

private:
    boost::asio::ip::tcp::socket socket_;
};

} // namespace net
