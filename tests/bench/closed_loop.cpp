#include "tests/bench/closed_loop.hpp"

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
constexpr std::size_t events_max = 256;

} // namespace

closed_loop::closed_loop(const options& chosen, const endpoint& broker)
    : chosen_(chosen), fan_out_(chosen.topics == topic_plan::paired ? 1 : chosen.subscribers),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)), room_(room_bytes) {
    if (epoll_ < 0)
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    subscribers_.reserve(chosen_.subscribers);
    for (std::uint32_t index = 0; index < chosen_.subscribers; ++index)
        open_subscriber(broker, index);
    publishers_.reserve(chosen_.publishers);
    for (std::uint32_t index = 0; index < chosen_.publishers; ++index)
        open_publisher(broker, index);
}

closed_loop::~closed_loop() {
    ::close(epoll_);
}

tally closed_loop::run(monotonic::duration time, std::uint64_t publishes) {
    tally_ = {};
    latency_.clear();
    publishes_max_ = publishes != 0 ? publishes : std::numeric_limits<std::uint64_t>::max();
    const auto generator_cpu = own_cpu_time();
    const auto broker_cpu = broker_cpu_time(chosen_.broker_pid);
    const auto begin = monotonic::now();
    deadline_ = publishes != 0 ? monotonic::time_point::max() : begin + time;
    bursts_under_way_ = publishers_.size();
    for (auto& sender : publishers_)
        send_burst(sender);
    while (bursts_under_way_ > 0)
        turn();
    tally_.elapsed = monotonic::now() - begin;
    tally_.broker_cpu = broker_cpu_time(chosen_.broker_pid) - broker_cpu;
    tally_.generator_cpu = own_cpu_time() - generator_cpu;
    return tally_;
}

void closed_loop::turn() {
    std::array<epoll_event, events_max> events;
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), stall_max_ms);
    if (ready == 0)
        report_stall();
    for (int position = 0; position < ready; ++position) {
        const auto& event = events[static_cast<std::size_t>(position)];
        const std::uint32_t tag = event.data.u32;
        const bool publishes = tag >= subscribers_.size();
        if ((event.events & EPOLLOUT) != 0)
            (publishes ? publishers_[tag - subscribers_.size()].client : subscribers_[tag].client)
                .flush();
        if ((event.events & ~static_cast<unsigned>(EPOLLOUT)) == 0)
            continue;
        if (publishes)
            read_publisher(publishers_[tag - subscribers_.size()]);
        else
            read_subscriber(tag);
    }
}

void closed_loop::read_subscriber(std::uint32_t index) {
    auto& receiver = subscribers_[index];
    // One look at the clock for all that one read brought: they did arrive together.
    std::int64_t arrival_ns = 0;
    receiver.client.read(room_, [&](const frame& packet) {
        if (arrival_ns == 0)
            arrival_ns = nanoseconds_of(monotonic::now());
        accept_delivery(index, packet, arrival_ns);
    });
    if (receiver.pubacks.empty())
        return;
    receiver.client.write(receiver.pubacks);
    receiver.pubacks.clear();
}

void closed_loop::accept_delivery(std::uint32_t subscriber_index, const frame& packet,
                                  std::int64_t arrival_ns) {
    const publish delivered = decode_publish(packet);
    stamp mark{};
    if (delivered.payload.size() != chosen_.payload_bytes || delivered.qos != chosen_.qos)
        throw protocol_error("a delivery of another size or QoS than was published");
    std::memcpy(&mark, delivered.payload.data(), sizeof mark);
    const bool paired = chosen_.topics == topic_plan::paired;
    if (mark.publisher >= publishers_.size() || (paired && mark.publisher != subscriber_index))
        throw protocol_error("a delivery that this subscriber did not ask for");
    auto& receiver = subscribers_[subscriber_index];
    if (const auto due = receiver.next_sequences[mark.publisher]++; mark.sequence != due)
        throw protocol_error("message " + std::to_string(mark.sequence) + " of publisher " +
                             std::to_string(mark.publisher) + " reached subscriber " +
                             std::to_string(subscriber_index) + " where " + std::to_string(due) +
                             " was due");

    latency_.record(static_cast<std::uint64_t>(arrival_ns - mark.sent_ns));
    ++tally_.deliveries;
    if (delivered.qos > 0)
        encode_puback(receiver.pubacks, delivered.packet_id);
    auto& sender = publishers_[mark.publisher];
    --sender.deliveries_awaited;
    advance(sender);
}

void closed_loop::read_publisher(publisher& sender) {
    sender.client.read(room_, [&](const frame& packet) {
        decode_puback(packet);
        if (sender.pubacks_awaited == 0)
            throw protocol_error("more PUBACKs than messages");
        --sender.pubacks_awaited;
        advance(sender);
    });
}

void closed_loop::advance(publisher& sender) {
    if (sender.deliveries_awaited > 0 || sender.pubacks_awaited > 0)
        return;
    if (tally_.publishes < publishes_max_ && monotonic::now() < deadline_)
        send_burst(sender);
    else
        --bursts_under_way_;
}

void closed_loop::send_burst(publisher& sender) {
    const std::size_t stride = sender.burst.size() / chosen_.burst;
    const std::int64_t now_ns = nanoseconds_of(monotonic::now());
    for (std::size_t end = stride; end <= sender.burst.size(); end += stride) {
        const stamp mark{now_ns, sender.index, sender.next_sequence++};
        std::memcpy(&sender.burst[end - chosen_.payload_bytes], &mark, sizeof mark);
    }
    tally_.publishes += chosen_.burst;
    sender.deliveries_awaited = chosen_.burst * fan_out_;
    sender.pubacks_awaited = chosen_.qos > 0 ? chosen_.burst : 0;
    sender.client.write(sender.burst);
}

void closed_loop::open_subscriber(const endpoint& broker, std::uint32_t index) {
    auto& receiver = subscribers_.emplace_back(
        subscriber{connection(broker, "bench-subscriber-" + std::to_string(index)),
                   std::vector<std::uint32_t>(chosen_.publishers), bytes()});
    receiver.client.subscribe(filter_of(index), static_cast<std::uint8_t>(chosen_.qos));
    receiver.client.watch(epoll_, index);
}

void closed_loop::open_publisher(const endpoint& broker, std::uint32_t index) {
    auto& sender = publishers_.emplace_back(
        publisher{connection(broker, "bench-publisher-" + std::to_string(index)), index, bytes()});
    sender.client.watch(epoll_, static_cast<std::uint32_t>(subscribers_.size()) + index);
    const std::string topic = topic_of(index);
    const bytes payload(chosen_.payload_bytes, 'x');
    // The packet ids 1 to B serve for every burst: all of the last one are acknowledged by then.
    for (std::uint64_t position = 1; position <= chosen_.burst; ++position)
        encode_publish(sender.burst, topic, static_cast<std::uint8_t>(chosen_.qos),
                       static_cast<std::uint16_t>(position), payload);
}

std::string closed_loop::topic_of(std::uint32_t publisher_index) const {
    return "bench/" + std::to_string(publisher_index);
}

std::string closed_loop::filter_of(std::uint32_t subscriber_index) const {
    if (chosen_.topics == topic_plan::paired)
        return topic_of(subscriber_index);
    return chosen_.publishers > 1 ? "bench/+" : topic_of(0);
}

void closed_loop::report_stall() const {
    std::uint64_t deliveries = 0;
    std::uint64_t pubacks = 0;
    for (const auto& sender : publishers_) {
        deliveries += sender.deliveries_awaited;
        pubacks += sender.pubacks_awaited;
    }
    throw std::runtime_error(std::to_string(deliveries) + " deliveries and " +
                             std::to_string(pubacks) + " PUBACKs missing for 10 s");
}

} // namespace bench
