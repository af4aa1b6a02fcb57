#include "tests/bench/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <sys/epoll.h>
#include <system_error>

namespace bench {
namespace {

constexpr std::size_t connack_bytes = 4;

void require(bool succeeded, const char* call) {
    if (!succeeded)
        throw std::system_error(errno, std::generic_category(), call);
}

} // namespace

connection::connection(const endpoint& broker, std::string_view client_id, bool persistent)
    : channel_(broker) {
    if (!channel_.shake_hands())
        throw protocol_error("no TLS handshake with the broker within 10 s");
    bytes output;
    encode_connect(output, client_id, persistent);
    write(output);
    std::array<std::uint8_t, connack_bytes> room{}; // what a kept session has waiting comes next
    for (bool answered = false; !answered;)
        read(room, [&](const frame& packet) {
            check_connack(packet);
            answered = true;
        });
}

connection::~connection() {
    if (channel_.descriptor() < 0) // moved from
        return;
    bytes output;
    encode_disconnect(output);
    try {
        channel_.stop_blocking();
        channel_.send(output);
        channel_.finish_sending();
    } catch (const std::exception&) { // the broker may be gone
    }
}

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
    channel_.stop_blocking();
    epoll_ = epoll;
    tag_ = tag;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = tag;
    require(::epoll_ctl(epoll, EPOLL_CTL_ADD, channel_.descriptor(), &event) == 0, "epoll_ctl");
}

void connection::write(bytes_view output) {
    const std::size_t sent = unsent_.empty() ? channel_.send(output) : 0;
    if (sent == output.size())
        return;
    if (unsent_.empty())
        request_write_events(true);
    const auto rest = output.subspan(sent);
    unsent_.insert(unsent_.end(), rest.begin(), rest.end());
}

void connection::flush() {
    unsent_begin_ += channel_.send(bytes_view(unsent_).subspan(unsent_begin_));
    if (unsent_begin_ < unsent_.size())
        return;
    unsent_.clear();
    unsent_begin_ = 0;
    request_write_events(false);
}

std::size_t connection::fill(std::span<std::uint8_t> room) {
    if (unfinished_.size() >= room.size())
        throw protocol_error("a packet from the broker is larger than anything that was published");
    std::copy(unfinished_.begin(), unfinished_.end(), room.begin());
    const auto free = room.subspan(unfinished_.size());
    const auto received = channel_.receive(free);
    if (!received)
        throw protocol_error("the broker closed a connection");
    if (*received == 0 && epoll_ < 0)
        throw protocol_error("no answer from the broker within 10 s");
    return unfinished_.size() + *received;
}

void connection::request_write_events(bool wanted) {
    epoll_event event{};
    event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u32 = tag_;
    require(::epoll_ctl(epoll_, EPOLL_CTL_MOD, channel_.descriptor(), &event) == 0, "epoll_ctl");
}

} // namespace bench
