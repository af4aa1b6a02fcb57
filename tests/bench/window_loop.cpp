#include "tests/bench/window_loop.hpp"

#include "tests/bench/cpu_clock.hpp"
#include "tests/bench/stamp.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <sys/epoll.h>
#include <system_error>
#include <unistd.h>

namespace bench {
namespace {

constexpr std::size_t room_bytes = 262'144;
constexpr int stall_max_ms = 10'000;
constexpr int pace_ms = 1; // so fine is the rate
constexpr std::size_t events_max = 256;

std::string subscriber_name(std::uint64_t index) {
    return "bench-away-" + std::to_string(index);
}

} // namespace

window_loop::window_loop(const options& chosen, const endpoint& broker)
    : chosen_(chosen), broker_(broker), epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      payload_(chosen.payload_bytes, 'x'), room_(room_bytes) {
    if (epoll_ < 0)
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    for (std::uint64_t index = 0; index < chosen_.subscribers; ++index)
        connection(broker, subscriber_name(index), true).subscribe("bench/+", 1);
    publishers_.reserve(chosen_.publishers);
    for (std::uint32_t index = 0; index < chosen_.publishers; ++index)
        open_publisher(broker, index);
}

window_loop::~window_loop() {
    ::close(epoll_);
}

void window_loop::open_publisher(const endpoint& broker, std::uint32_t index) {
    auto& sender = publishers_.emplace_back(
        publisher{connection(broker, "bench-publisher-" + std::to_string(index)), index,
                  "bench/" + std::to_string(index), std::vector<std::int64_t>(chosen_.window + 1),
                  0, bytes()});
    sender.client.watch(epoll_, index);
}

tally window_loop::run(monotonic::duration time) {
    tally_ = {};
    latency_.clear();
    free_.clear();
    for (std::uint64_t packet_id = 1; packet_id <= chosen_.window; ++packet_id)
        for (const auto& sender : publishers_)
            free_.push_back({sender.index, static_cast<std::uint16_t>(packet_id)});
    const auto generator_cpu = own_cpu_time();
    const auto broker_cpu = broker_cpu_time(chosen_.broker_pid);
    begin_ = monotonic::now();
    deadline_ = begin_ + time;
    do {
        send_due();
        turn();
    } while (under_way_ > 0 || monotonic::now() < deadline_);
    tally_.elapsed = monotonic::now() - begin_;
    tally_.broker_cpu = broker_cpu_time(chosen_.broker_pid) - broker_cpu;
    tally_.generator_cpu = own_cpu_time() - generator_cpu;
    return tally_;
}

// Everything that may go by now; one write for all that one publisher has.
void window_loop::send_due() {
    const auto now = monotonic::now();
    if (now >= deadline_)
        return;
    const std::chrono::duration<double> passed = now - begin_;
    const auto due =
        chosen_.rate == 0
            ? std::numeric_limits<std::uint64_t>::max()
            : static_cast<std::uint64_t>(passed.count() * static_cast<double>(chosen_.rate));
    const auto now_ns = nanoseconds_of(now);
    while (!free_.empty() && tally_.publishes < due) {
        const auto next = free_.front();
        free_.pop_front();
        auto& sender = publishers_[next.publisher];
        send(sender, next.packet_id, now_ns);
        if (!free_.empty() && free_.front().publisher == next.publisher && tally_.publishes < due)
            continue;
        sender.client.write(sender.output);
        sender.output.clear();
    }
}

// Into the output, which the caller writes.
void window_loop::send(publisher& sender, std::uint16_t packet_id, std::int64_t now_ns) {
    const stamp mark{now_ns, sender.index, sender.next_sequence++};
    std::memcpy(payload_.data(), &mark, sizeof mark);
    encode_publish(sender.output, sender.topic, 1, packet_id, payload_);
    sender.sent_ns[packet_id] = now_ns;
    ++tally_.publishes;
    ++under_way_;
}

void window_loop::turn() {
    std::array<epoll_event, events_max> events;
    const bool is_paced = chosen_.rate != 0;
    const int ready =
        ::epoll_wait(epoll_, events.data(), events.size(), is_paced ? pace_ms : stall_max_ms);
    if (ready == 0 && !is_paced)
        throw std::runtime_error(std::to_string(under_way_) + " PUBACKs missing for 10 s");
    for (int position = 0; position < ready; ++position) {
        const auto& event = events[static_cast<std::size_t>(position)];
        auto& sender = publishers_[event.data.u32];
        if ((event.events & EPOLLOUT) != 0)
            sender.client.flush();
        if ((event.events & ~static_cast<unsigned>(EPOLLOUT)) != 0)
            read_publisher(sender);
    }
}

// One look at the clock for all PUBACKs that one read brought.
void window_loop::read_publisher(publisher& sender) {
    std::int64_t now_ns = 0;
    sender.client.read(room_, [&](const frame& packet) {
        if (now_ns == 0)
            now_ns = nanoseconds_of(monotonic::now());
        accept_puback(sender, decode_puback(packet), now_ns);
    });
    if (chosen_.rate == 0)
        send_due();
}

void window_loop::accept_puback(publisher& sender, std::uint16_t packet_id, std::int64_t now_ns) {
    if (packet_id >= sender.sent_ns.size() || sender.sent_ns[packet_id] == 0)
        throw protocol_error("a PUBACK for packet " + std::to_string(packet_id) +
                             ", which is not under way");
    latency_.record(static_cast<std::uint64_t>(now_ns - sender.sent_ns[packet_id]));
    sender.sent_ns[packet_id] = 0;
    --under_way_;
    ++tally_.acknowledged;
    free_.push_back({sender.index, packet_id});
}

void window_loop::collect() {
    for (std::uint64_t index = 0; index < chosen_.subscribers; ++index)
        collect_of(index);
}

void window_loop::collect_of(std::uint64_t subscriber) {
    std::uint64_t missing = 0;
    for (const auto& sender : publishers_)
        missing += sender.next_sequence;
    std::vector<std::uint32_t> next(publishers_.size());
    connection back(broker_, subscriber_name(subscriber), true);
    bytes pubacks;
    while (missing > 0) {
        back.read(room_, [&](const frame& packet) {
            const auto delivered = decode_publish(packet);
            stamp mark{};
            if (delivered.payload.size() != chosen_.payload_bytes)
                throw protocol_error("a message of another size than was published");
            std::memcpy(&mark, delivered.payload.data(), sizeof mark);
            if (mark.publisher >= next.size() || mark.sequence != next[mark.publisher]++)
                throw protocol_error("message " + std::to_string(mark.sequence) + " of publisher " +
                                     std::to_string(mark.publisher) + " is not the one due");
            encode_puback(pubacks, delivered.packet_id);
            --missing;
        });
        back.write(pubacks);
        pubacks.clear();
    }
}

} // namespace bench
