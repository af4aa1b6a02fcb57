// A Unix socket that listens (`listener 0 <path>`): accepts, and hands each connection to the next
// shard's door, as a stream like any other.
#pragma once

#include "gateway/listeners/door.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace gateway {

class unix_acceptor {
public:
    // Binds and listens; a socket at the path that nobody serves any more is replaced, anything
    // else there is not. Throws boost::system::system_error. requires: doors and shards outlive it
    unix_acceptor(boost::asio::io_context& context, std::string path,
                  std::vector<mqtt::shard*> shards, std::vector<door*> doors);
    ~unix_acceptor();
    unix_acceptor(const unix_acceptor&) = delete;
    unix_acceptor& operator=(const unix_acceptor&) = delete;

    void start() { accept_next(); }
    void stop();

private:
    using protocol = boost::asio::local::stream_protocol;

    void accept_next();
    void accepted(const boost::system::error_code& failure, protocol::socket fresh);

    protocol::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    std::string path_;
    std::vector<mqtt::shard*> shards_;
    std::vector<door*> doors_;
    std::size_t next_ = 0;
};

} // namespace gateway
