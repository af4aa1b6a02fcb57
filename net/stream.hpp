// Bytes of one connection, without waiting: plain TCP, or TLS on the same descriptor. Whoever owns
// a stream waits for readiness on its socket and then calls read or write.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <sys/uio.h>

namespace net {

class stream {
public:
    virtual ~stream() = default;
    // Bytes read; 0 with an error: would_block when there is nothing now, eof when the peer has
    // finished. ensures: fewer bytes than there is room means that there were no more
    virtual std::size_t read(std::span<char> room, boost::system::error_code& failure) = 0;
    // Bytes written, maybe fewer than given; 0 with would_block when the peer takes nothing now.
    // What is given after would_block begins with the same bytes.
    virtual std::size_t write(std::span<const iovec> parts, boost::system::error_code& failure) = 0;
    // There is something to read, and the socket may never become readable for it.
    virtual bool has_buffered() const { return false; }
    // The peer may know that nothing more comes; what it still sends can be read.
    virtual void finish_sending() = 0;
    virtual boost::asio::ip::tcp::socket& socket() = 0;
    // The same connection on another thread's context; null where that failed. The stream is empty
    // afterwards.
    virtual std::unique_ptr<stream> move_to(boost::asio::io_context& other) = 0;
    virtual bool is_encrypted() const { return false; }
};

// The socket, released and taken up again by another context. Not open where that failed.
boost::asio::ip::tcp::socket moved_socket(boost::asio::ip::tcp::socket& from,
                                          boost::asio::io_context& other);

} // namespace net
