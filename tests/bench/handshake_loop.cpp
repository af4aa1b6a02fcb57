#include "tests/bench/handshake_loop.hpp"

#include "tests/bench/cpu_clock.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <sys/epoll.h>
#include <system_error>
#include <unistd.h>

namespace bench {
namespace {

constexpr int stall_max_ms = 10'000;
constexpr std::size_t events_max = 256;

void require(bool succeeded, const char* call) {
    if (!succeeded)
        throw std::system_error(errno, std::generic_category(), call);
}

// A fresh socket takes this much at once, or something is wrong.
void send_whole(channel& connection, bytes_view output) {
    if (connection.send(output) != output.size())
        throw std::runtime_error("a fresh socket does not take a small packet");
}

} // namespace

handshake_loop::handshake_loop(const options& chosen, const endpoint& broker)
    : chosen_(chosen), broker_(broker), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    require(epoll_ >= 0, "epoll_create1");
    visits_.resize(chosen_.handshakes);
    for (std::size_t index = 0; index < visits_.size(); ++index)
        encode_connect(visits_[index].connect, "bench-visitor-" + std::to_string(index));
}

handshake_loop::~handshake_loop() {
    ::close(epoll_);
}

tally handshake_loop::run(monotonic::duration time) {
    tally_ = {};
    latency_.clear();
    const auto generator_cpu = own_cpu_time();
    const auto broker_cpu = broker_cpu_time(chosen_.broker_pid);
    const auto start = monotonic::now();
    deadline_ = start + time;
    under_way_ = visits_.size();
    for (std::uint32_t tag = 0; tag < visits_.size(); ++tag) {
        begin(visits_[tag], tag);
        go_on(visits_[tag], tag);
    }
    while (under_way_ > 0)
        turn();
    tally_.elapsed = monotonic::now() - start;
    tally_.broker_cpu = broker_cpu_time(chosen_.broker_pid) - broker_cpu;
    tally_.generator_cpu = own_cpu_time() - generator_cpu;
    return tally_;
}

void handshake_loop::begin(visit& client, std::uint32_t tag) {
    client.begun = monotonic::now();
    client.answer.clear();
    client.connection = channel(broker_);
    client.connection.stop_blocking();
    client.now = stage::shaking_hands;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = tag;
    require(::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.connection.descriptor(), &event) == 0,
            "epoll_ctl");
}

void handshake_loop::turn() {
    std::array<epoll_event, events_max> events;
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), stall_max_ms);
    if (ready == 0)
        throw std::runtime_error("no answer from the broker to " + std::to_string(under_way_) +
                                 " clients for 10 s");
    for (int position = 0; position < ready; ++position) {
        const std::uint32_t tag = events[static_cast<std::size_t>(position)].data.u32;
        go_on(visits_[tag], tag);
    }
}

void handshake_loop::go_on(visit& client, std::uint32_t tag) {
    while (true) {
        while (advance(client)) {
        }
        if (client.now != stage::left)
            return;
        ++tally_.handshakes;
        if (monotonic::now() >= deadline_)
            break;
        begin(client, tag); // and the first words are ours
    }
    --under_way_;
}

bool handshake_loop::advance(visit& client) {
    switch (client.now) {
    case stage::shaking_hands:
        if (!client.connection.shake_hands())
            return false;
        if (client.connection.resumed())
            ++tally_.resumed;
        send_whole(client.connection, client.connect);
        client.now = stage::awaiting_connack;
        return true;
    case stage::awaiting_connack: {
        if (!read_connack(client))
            return false;
        latency_.record(static_cast<std::uint64_t>(
            std::chrono::nanoseconds(monotonic::now() - client.begun).count()));
        suite_ = client.connection.suite();
        bytes output;
        encode_disconnect(output);
        send_whole(client.connection, output);
        client.connection.finish_sending();
        client.now = stage::leaving;
        return true;
    }
    case stage::leaving:
        // The broker's own work for the end is part of the visit, so it is waited for.
        if (!client.connection.has_ended())
            return false;
        client.connection = channel();
        client.now = stage::left;
        return false;
    case stage::left:
        break;
    }
    return false;
}

bool handshake_loop::read_connack(visit& client) {
    std::array<std::uint8_t, 256> room;
    const auto received = client.connection.receive(room);
    if (!received)
        throw protocol_error("the broker closed a connection before its CONNACK");
    client.answer.insert(client.answer.end(), room.begin(), room.begin() + *received);
    const auto packet = decode_frame(client.answer);
    if (packet)
        check_connack(*packet);
    return packet.has_value();
}

} // namespace bench
