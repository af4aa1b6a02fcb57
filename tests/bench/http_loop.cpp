#include "tests/bench/http_loop.hpp"

#include "tests/bench/cpu_clock.hpp"
#include "tests/bench/stamp.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <sys/epoll.h>
#include <system_error>
#include <unistd.h>

namespace bench {
namespace {

constexpr std::size_t room_bytes = 262'144;
constexpr int stall_max_ms = 10'000;
constexpr std::size_t events_max = 256;

std::uint64_t number_behind(std::string_view text, std::string_view mark) {
    const auto at = text.find(mark);
    std::uint64_t number = 0;
    if (at == std::string_view::npos)
        return 0;
    text.remove_prefix(at + mark.size());
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

} // namespace

http_loop::http_loop(const options& chosen, const endpoint& broker)
    : chosen_(chosen), messages_a_request_(chosen.http == http_form::batch ? chosen.burst : 1),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)), room_(room_bytes) {
    if (epoll_ < 0)
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    publishers_.reserve(chosen_.publishers);
    for (std::uint32_t index = 0; index < chosen_.publishers; ++index)
        open_publisher(broker, index);
}

http_loop::~http_loop() {
    ::close(epoll_);
}

void http_loop::open_publisher(const endpoint& broker, std::uint32_t index) {
    auto& made = publishers_.emplace_back();
    made.line = channel(broker);
    made.request = request_of(index);
    made.line.stop_blocking();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = index;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, made.line.descriptor(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

std::string http_loop::request_of(std::uint32_t index) const {
    const auto topic = "bench/" + std::to_string(index);
    const auto qos = std::to_string(chosen_.qos);
    const std::string payload(chosen_.payload_bytes, 'x');
    const auto object = "{\"topic\":\"" + topic + "\",\"payload\":\"" + payload +
                        "\",\"qos\":" + qos + ",\"retain\":false}";
    std::string target;
    std::string type;
    std::string body;
    switch (chosen_.http) {
    case http_form::json:
        target = "/api/v5/publish";
        type = "application/json";
        body = object;
        break;
    case http_form::batch:
        target = "/api/v1/publish";
        type = "application/x-ndjson";
        for (std::uint64_t i = 0; i < messages_a_request_; ++i)
            body += object + "\n";
        break;
    default:
        target = "/topics/" + topic + "?qos=" + qos;
        type = "text/plain";
        body = payload;
    }
    return "POST " + target +
           " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n" +
           "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

tally http_loop::run(monotonic::duration time) {
    tally_ = {};
    latency_.clear();
    const auto generator_cpu = own_cpu_time();
    const auto broker_cpu = broker_cpu_time(chosen_.broker_pid);
    const auto begin = monotonic::now();
    deadline_ = begin + time;
    for (auto& each : publishers_)
        send(each, chosen_.window);
    while (under_way_ > 0)
        turn();
    tally_.elapsed = monotonic::now() - begin;
    tally_.broker_cpu = broker_cpu_time(chosen_.broker_pid) - broker_cpu;
    tally_.generator_cpu = own_cpu_time() - generator_cpu;
    return tally_;
}

// One write for all of them.
void http_loop::send(publisher& from, std::uint64_t requests) {
    const auto now = monotonic::now();
    if (now >= deadline_)
        return;
    for (std::uint64_t i = 0; i < requests; ++i) {
        from.unsent += from.request;
        from.sent_ns.push_back(nanoseconds_of(now));
    }
    under_way_ += requests;
    tally_.publishes += requests * messages_a_request_;
    flush(from);
}

void http_loop::flush(publisher& from) {
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(from.unsent.data());
    from.unsent.erase(0, from.line.send({begin, from.unsent.size()}));
    watch(from, !from.unsent.empty());
}

void http_loop::watch(publisher& from, bool for_room) {
    if (from.wants_room == for_room)
        return;
    from.wants_room = for_room;
    epoll_event event{};
    event.events = for_room ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(&from - publishers_.data());
    if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, from.line.descriptor(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void http_loop::turn() {
    std::array<epoll_event, events_max> events;
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), stall_max_ms);
    if (ready == 0)
        throw std::runtime_error(std::to_string(under_way_) + " answers missing for 10 s");
    for (int position = 0; position < ready; ++position) {
        const auto& event = events[static_cast<std::size_t>(position)];
        auto& each = publishers_[event.data.u32];
        if ((event.events & EPOLLOUT) != 0)
            flush(each);
        if ((event.events & ~static_cast<unsigned>(EPOLLOUT)) != 0)
            read(each);
    }
}

void http_loop::read(publisher& from) {
    const auto received = from.line.receive(room_);
    if (!received)
        throw protocol_error("the broker closed a connection");
    from.input.append(reinterpret_cast<const char*>(room_.data()), *received);
    std::uint64_t answers = 0;
    std::size_t at = 0;
    while (take_answer(from, at))
        ++answers;
    from.input.erase(0, at);
    if (answers > 0)
        send(from, answers);
}

// A whole answer with its body; no answer here comes in chunks.
bool http_loop::take_answer(publisher& from, std::size_t& at) {
    const auto rest = std::string_view(from.input).substr(at);
    const auto head_end = rest.find("\r\n\r\n");
    if (head_end == std::string_view::npos)
        return false;
    const auto head = rest.substr(0, head_end + 2);
    const auto size = head_end + 4 + number_behind(head, "\r\nContent-Length: ");
    if (rest.size() < size)
        return false;
    const auto status = head.substr(0, 12);
    if (status != "HTTP/1.1 200" && status != "HTTP/1.1 202")
        throw protocol_error("an answer is not 200: " + std::string(rest.substr(0, size)));
    const bool batch = chosen_.http == http_form::batch;
    const auto published = batch ? number_behind(rest.substr(0, size), "\"published\":") : 1;
    if (published != messages_a_request_)
        throw protocol_error("not all of a batch: " + std::string(rest.substr(0, size)));
    latency_.record(
        static_cast<std::uint64_t>(nanoseconds_of(monotonic::now()) - from.sent_ns.front()));
    from.sent_ns.pop_front();
    tally_.acknowledged += published;
    --under_way_;
    at += size;
    return true;
}

} // namespace bench
