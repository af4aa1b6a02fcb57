#include "tests/bench/connection.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace bench {
namespace {

constexpr timeval opening_max{10, 0}; // for the broker's answer to CONNECT and SUBSCRIBE

void require(bool succeeded, const char* call) {
    if (!succeeded)
        throw std::system_error(errno, std::generic_category(), call);
}

} // namespace

sockaddr_in resolve(const char* host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        throw std::runtime_error(std::string("not an IPv4 address: ") + host);
    return address;
}

connection::connection(const sockaddr_in& broker, std::string_view client_id)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    require(descriptor_ >= 0, "socket");
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &opening_max, sizeof opening_max);
    require(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&broker), sizeof broker) == 0,
            "connect");
    bytes output;
    encode_connect(output, client_id);
    write(output);
    std::array<std::uint8_t, 256> room{};
    for (bool answered = false; !answered;)
        read(room, [&](const frame& packet) {
            check_connack(packet);
            answered = true;
        });
}

connection::~connection() {
    if (descriptor_ < 0)
        return;
    bytes output;
    encode_disconnect(output);
    [[maybe_unused]] const auto sent =
        ::send(descriptor_, output.data(), output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(descriptor_);
}

connection::connection(connection&& source) noexcept
    : descriptor_(std::exchange(source.descriptor_, -1)), epoll_(source.epoll_), tag_(source.tag_),
      unfinished_(std::move(source.unfinished_)), unsent_(std::move(source.unsent_)),
      unsent_begin_(source.unsent_begin_) {}

void connection::subscribe(std::string_view topic_filter, std::uint8_t qos) {
    bytes output;
    encode_subscribe(output, topic_filter, qos);
    write(output);
    std::array<std::uint8_t, 256> room{};
    for (bool answered = false; !answered;)
        read(room, [&](const frame& packet) {
            check_suback(packet, qos);
            answered = true;
        });
}

void connection::watch(int epoll, std::uint32_t tag) {
    const int flags = ::fcntl(descriptor_, F_GETFL);
    require(::fcntl(descriptor_, F_SETFL, flags | O_NONBLOCK) == 0, "fcntl");
    epoll_ = epoll;
    tag_ = tag;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = tag;
    require(::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor_, &event) == 0, "epoll_ctl");
}

void connection::write(bytes_view output) {
    const std::size_t sent = unsent_.empty() ? send(output) : 0;
    if (sent == output.size())
        return;
    if (unsent_.empty())
        request_write_events(true);
    const auto rest = output.subspan(sent);
    unsent_.insert(unsent_.end(), rest.begin(), rest.end());
}

void connection::flush() {
    unsent_begin_ += send(bytes_view(unsent_).subspan(unsent_begin_));
    if (unsent_begin_ < unsent_.size())
        return;
    unsent_.clear();
    unsent_begin_ = 0;
    request_write_events(false);
}

std::size_t connection::send(bytes_view output) {
    const ssize_t sent = ::send(descriptor_, output.data(), output.size(), MSG_NOSIGNAL);
    require(sent >= 0 || errno == EAGAIN, "send");
    return static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
}

std::size_t connection::fill(std::span<std::uint8_t> room) {
    if (unfinished_.size() >= room.size())
        throw protocol_error("a packet from the broker is larger than anything that was published");
    std::copy(unfinished_.begin(), unfinished_.end(), room.begin());
    const auto free = room.subspan(unfinished_.size());
    const ssize_t received = ::recv(descriptor_, free.data(), free.size(), 0);
    if (received == 0)
        throw protocol_error("the broker closed a connection");
    if (received < 0 && errno == EAGAIN && epoll_ < 0)
        throw protocol_error("no answer from the broker to CONNECT or SUBSCRIBE within 10 s");
    require(received > 0 || errno == EAGAIN, "recv");
    return unfinished_.size() + static_cast<std::size_t>(std::max<ssize_t>(received, 0));
}

void connection::request_write_events(bool wanted) {
    epoll_event event{};
    event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u32 = tag_;
    require(::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor_, &event) == 0, "epoll_ctl");
}

} // namespace bench
