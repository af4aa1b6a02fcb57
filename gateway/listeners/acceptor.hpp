// One listening address: accepts, and hands each socket to the next shard's door.
#pragma once

#include "gateway/listeners/door.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <vector>

namespace gateway {

class acceptor {
public:
    // Binds and listens. doors: by shard. Throws boost::system::system_error. requires: doors and
    // shards outlive it
    acceptor(boost::asio::io_context& context, const boost::asio::ip::tcp::endpoint& where,
             std::vector<mqtt::shard*> shards, std::vector<door*> doors);

    void start() { accept_next(); }
    void stop();
    boost::asio::ip::tcp::endpoint address() const { return acceptor_.local_endpoint(); }

private:
    void accept_next();
    void accepted(const boost::system::error_code& failure, boost::asio::ip::tcp::socket fresh,
                  std::size_t shard);

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    std::vector<mqtt::shard*> shards_;
    std::vector<door*> doors_;
    std::size_t next_ = 0;
};

} // namespace gateway
