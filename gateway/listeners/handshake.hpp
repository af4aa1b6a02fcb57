// One TLS handshake, from the accepted socket to a stream that can be served. Has a deadline for
// all of it, and logs why it failed.
#pragma once

#include "gateway/tls_context.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gateway {

inline constexpr std::chrono::seconds handshake_deadline{10};

// thread: that of the socket's io_context
class handshake final : public std::enable_shared_from_this<handshake> {
public:
    // Null: it failed.
    using finished = std::function<void(std::unique_ptr<net::tls_stream>)>;

    // who: the peer's address. realm: see mqtt::identity. port: of the listener, for the log.
    static void start(boost::asio::ip::tcp::socket socket, std::shared_ptr<const tls_context> by,
                      std::string who, std::uint16_t realm, std::uint16_t port, finished done);

private:
    handshake(boost::asio::ip::tcp::socket socket, std::shared_ptr<const tls_context> by,
              std::string who, std::uint16_t realm, std::uint16_t port, finished done);
    void go_on();
    void wait_for_answer();
    void wait(boost::asio::ip::tcp::socket::wait_type what);
    void fail(const std::string& why);

    std::shared_ptr<const tls_context> by_;
    std::unique_ptr<net::tls_stream> stream_;
    boost::asio::steady_timer timer_;
    std::string who_;
    std::uint16_t realm_;
    std::uint16_t port_;
    finished done_;
    std::shared_ptr<handshake> waiting_; // itself, while an answer is awaited
    bool late_ = false;
};

} // namespace gateway
