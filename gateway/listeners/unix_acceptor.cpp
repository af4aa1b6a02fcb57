#include "gateway/listeners/unix_acceptor.hpp"

#include "gateway/logging.hpp"

#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr int backlog = 4096;
constexpr std::chrono::milliseconds pause_after_failure{100}; // out of descriptors: let some close

// What a process that ended badly left behind is in the way; what somebody serves is not ours.
void clear_the_way(boost::asio::io_context& context, const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0)
        return;
    const auto taken = [&](int reason) {
        throw boost::system::system_error(reason, boost::system::system_category(),
                                          "listener 0 " + path);
    };
    if (!S_ISSOCK(found.st_mode))
        taken(EEXIST);
    boost::asio::local::stream_protocol::socket probe(context);
    error_code nobody;
    probe.connect(boost::asio::local::stream_protocol::endpoint(path), nobody);
    if (!nobody)
        taken(EADDRINUSE);
    ::unlink(path.c_str());
}

} // namespace

unix_acceptor::unix_acceptor(boost::asio::io_context& context, std::string path,
                             std::vector<mqtt::shard*> shards, std::vector<door*> doors)
    : acceptor_(context), pause_(context), path_(std::move(path)), shards_(std::move(shards)),
      doors_(std::move(doors)) {
    clear_the_way(context, path_);
    acceptor_.open();
    acceptor_.bind(protocol::endpoint(path_));
    acceptor_.listen(backlog);
}

unix_acceptor::~unix_acceptor() {
    ::unlink(path_.c_str());
}

void unix_acceptor::stop() {
    error_code ignored; // closing is all that is left to do
    acceptor_.close(ignored);
    pause_.cancel();
}

void unix_acceptor::accept_next() {
    acceptor_.async_accept([this](const error_code& failure, protocol::socket fresh) {
        accepted(failure, std::move(fresh));
    });
}

// From here on it is a descriptor like those of TCP: nothing that is asked of the socket later
// depends on what kind of address it has.
void unix_acceptor::accepted(const error_code& failure, protocol::socket fresh) {
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
    const auto shard = next_;
    next_ = (next_ + 1) % shards_.size();
    error_code lost;
    const auto descriptor = fresh.release(lost);
    if (!lost)
        shards_[shard]->later([to = doors_[shard], where = shards_[shard], descriptor] {
            tcp::socket adopted(where->context());
            error_code refused;
            adopted.assign(tcp::v4(), descriptor, refused);
            if (refused)
                ::close(descriptor);
            else
                to->enter(std::move(adopted));
        });
    accept_next();
}

} // namespace gateway
