#include "gateway/listeners/acceptor.hpp"

#include "gateway/logging.hpp"

#include <memory>
#include <utility>

namespace gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr int backlog = 4096;
constexpr std::chrono::milliseconds pause_after_failure{100}; // out of descriptors: let some close

} // namespace

acceptor::acceptor(boost::asio::io_context& context, const tcp::endpoint& where,
                   std::vector<mqtt::shard*> shards, std::vector<door*> doors)
    : acceptor_(context), pause_(context), shards_(std::move(shards)), doors_(std::move(doors)) {
    acceptor_.open(where.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    if (where.protocol() == tcp::v6())
        acceptor_.set_option(boost::asio::ip::v6_only(true)); // IPv4 has an acceptor of its own
    acceptor_.bind(where);
    acceptor_.listen(backlog);
}

void acceptor::stop() {
    error_code ignored; // closing is all that is left to do
    acceptor_.close(ignored);
    pause_.cancel();
}

void acceptor::accept_next() {
    const auto shard = next_;
    next_ = (next_ + 1) % shards_.size();
    acceptor_.async_accept(shards_[shard]->context(),
                           [this, shard](const error_code& failure, tcp::socket fresh) {
                               accepted(failure, std::move(fresh), shard);
                           });
}

void acceptor::accepted(const error_code& failure, tcp::socket fresh, std::size_t shard) {
    if (!acceptor_.is_open())
        return;
    if (failure) {
        log::warning("Accepting a connection failed: {}", failure.message());
        pause_.expires_after(pause_after_failure);
        pause_.async_wait([this](const error_code& stopped) {
            if (!stopped)
                accept_next();
        });
        return;
    }
    auto* to = doors_[shard];
    if (shard == 0) { // the acceptors run on the first shard
        to->enter(std::move(fresh));
    } else {
        auto box = std::make_shared<tcp::socket>(std::move(fresh));
        shards_[shard]->later([to, box] { to->enter(std::move(*box)); });
    }
    accept_next();
}

} // namespace gateway
