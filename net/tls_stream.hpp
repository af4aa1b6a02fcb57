// TLS on a TCP connection's own descriptor, the server's side: no buffers beside OpenSSL's, and
// those are given back while the connection is idle. Handshake first, then as any stream.
#pragma once

#include "net/stream.hpp"

#include <string>

struct ssl_st; // OpenSSL's SSL

namespace net {

struct ssl_deleter {
    void operator()(ssl_st* owned) const;
};
using ssl_ptr = std::unique_ptr<ssl_st, ssl_deleter>;

class tls_stream final : public stream {
public:
    // engine: fresh from its context, with no descriptor yet.
    tls_stream(boost::asio::ip::tcp::socket socket, ssl_ptr engine);

    // wait_for_answer: a callback of the context has something to ask; see gateway/tls_context
    enum class step { done, wait_readable, wait_writable, wait_for_answer, failed };
    // Goes on with the handshake as far as it can without waiting. After failed, problem() says
    // why.
    step shake_hands();
    // A sentence for the log; never holds a secret, may hold words of the peer's certificate.
    const std::string& problem() const { return problem_; }
    ssl_st* engine() const { return engine_.get(); }

    std::size_t read(std::span<char> room, boost::system::error_code& failure) override;
    std::size_t write(std::span<const iovec> parts, boost::system::error_code& failure) override;
    bool has_buffered() const override;
    void finish_sending() override;
    boost::asio::ip::tcp::socket& socket() override { return socket_; }
    std::unique_ptr<stream> move_to(boost::asio::io_context& other) override;
    bool is_encrypted() const override { return true; }

private:
    // The same connection on another socket object.
    tls_stream(boost::asio::ip::tcp::socket socket, tls_stream&& from);
    boost::system::error_code translated(int result);

    boost::asio::ip::tcp::socket socket_;
    ssl_ptr engine_;
    std::string problem_;
    bool drained_ = true; // the last read ended because there was no more
    bool ended_ = false;  // there will be no more, and the socket may not show it
    bool broken_ = false; // after a fatal error not even a goodbye may be sent
};

} // namespace net
