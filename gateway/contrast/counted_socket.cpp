#include "gateway/contrast/counted_socket.hpp"

#include "gateway/quoted.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_again{50}; // whether the run is to end
constexpr std::size_t read_bytes = 65'536;

std::string fault() {
    return std::strerror(errno); // NOLINT(concurrency-mt-unsafe): glibc's is safe
}

} // namespace

traffic& traffic::operator+=(const traffic& other) {
    to_server += other.to_server;
    to_client += other.to_client;
    writes += other.writes;
    return *this;
}

traffic operator-(traffic left, const traffic& right) {
    left.to_server -= right.to_server;
    left.to_client -= right.to_client;
    left.writes -= right.writes;
    return left;
}

milliseconds patience::left() const {
    const auto now = std::chrono::steady_clock::now();
    return now >= end_ ? milliseconds(0) : std::chrono::ceil<milliseconds>(end_ - now);
}

void patience::check() const {
    if (ended_ != nullptr && ended_->load(std::memory_order_relaxed))
        throw contrast_failure{"the program ends"};
    if (left() == milliseconds(0))
        throw contrast_failure{"the time for the run is up"};
}

remote_address::remote_address(std::string host, std::uint16_t port)
    : host_(std::move(host)), port_(port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto problem =
        ::getaddrinfo(host_.c_str(), std::to_string(port).c_str(), &wanted, &found);
    if (problem != 0)
        throw contrast_failure{
            fmt::format("there is no host {}: {}", quoted(host_), ::gai_strerror(problem))};
    std::memcpy(&name_, found->ai_addr, found->ai_addrlen);
    name_bytes_ = found->ai_addrlen;
    ::freeaddrinfo(found);
}

std::string remote_address::text() const {
    const bool has_colon = host_.find(':') != host_.npos;
    return fmt::format("{}{}{}:{}", has_colon ? "[" : "", host_, has_colon ? "]" : "", port_);
}

counted_socket::counted_socket(const remote_address& to, const patience& limit) : limit_(limit) {
    limit_.check();
    descriptor_ = ::socket(to.name()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0)
        throw contrast_failure{"no more connections can be opened: " + fault()};
    try {
        connect(to);
    } catch (...) {
        close();
        throw;
    }
}

counted_socket::~counted_socket() {
    close();
}

void counted_socket::close() {
    if (descriptor_ >= 0)
        ::close(std::exchange(descriptor_, -1));
}

void counted_socket::connect(const remote_address& to) {
    if (::connect(descriptor_, to.name(), to.name_bytes()) != 0 && errno != EINPROGRESS)
        throw contrast_failure{fmt::format("{} can't be reached: {}", to.text(), fault())};
    wait(POLLOUT, limit_.end());
    int failed = 0;
    socklen_t size = sizeof failed;
    ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &failed, &size);
    if (failed != 0) {
        errno = failed;
        throw contrast_failure{fmt::format("{} can't be reached: {}", to.text(), fault())};
    }
    const int yes = 1; // what is written is sent, and the times are those of the broker
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockaddr_storage own{};
    size = sizeof own;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&own), &size);
    local_port_ =
        ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&own)->sin6_port
                                        : reinterpret_cast<const sockaddr_in*>(&own)->sin_port);
}

// False: nothing happened until then. Throws when the run is over before.
bool counted_socket::wait(short events, contrast_time then) const {
    for (;;) {
        const auto now = std::chrono::steady_clock::now();
        const auto rest =
            now >= then ? milliseconds(0) : std::chrono::ceil<milliseconds>(then - now);
        pollfd looked{descriptor_, events, 0};
        if (::poll(&looked, 1, static_cast<int>(std::min(rest, look_again).count())) > 0)
            return true;
        limit_.check();
        if (rest == milliseconds(0))
            return false;
    }
}

void counted_socket::send(std::string_view bytes) {
    ++counted_.writes;
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            counted_.to_server += static_cast<std::uint64_t>(sent);
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            wait(POLLOUT, limit_.end());
        } else if (errno != EINTR) {
            throw contrast_failure{"the connection broke: " + fault()};
        }
    }
}

void counted_socket::fill() {
    while (!fill_until(limit_.end()))
        limit_.check();
}

bool counted_socket::fill_until(contrast_time then) {
    std::array<char, read_bytes> piece; // NOLINT: filled by recv
    for (;;) {
        const auto came = ::recv(descriptor_, piece.data(), piece.size(), 0);
        if (came > 0) {
            counted_.to_client += static_cast<std::uint64_t>(came);
            unread.append(piece.data(), static_cast<std::size_t>(came));
            return true;
        }
        if (came == 0)
            throw contrast_failure{"the other side closed the connection"};
        if (errno != EAGAIN && errno != EINTR)
            throw contrast_failure{"the connection broke: " + fault()};
        if (!wait(POLLIN, then))
            return false;
    }
}

} // namespace gateway
