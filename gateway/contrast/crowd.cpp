// One message to many: one publish against a POST for each; and what many take that only listen.
#include "gateway/contrast/contrast_run.hpp"
#include "rest/resource_usage.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <sys/resource.h>
#include <utility>

namespace gateway {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t spare_descriptors = 128; // for everybody else
constexpr std::string_view poll_options = "?wait=1";

double since(contrast_time then) {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - then)
        .count();
}

// A part of the time that is left: on a slow machine a part may end early, and the others still
// come to their turn.
contrast_time share_of_rest(const contrast_run& run, int parts) {
    return std::chrono::steady_clock::now() + run.limit.left() / parts;
}

bool is_over(contrast_time until) {
    return std::chrono::steady_clock::now() >= until;
}

// As many receivers as there are descriptors for. The soft limit is raised where it may be.
std::uint64_t possible_receivers(contrast_run& run) {
    const std::uint64_t kinds = run.http ? 3 : 1;
    const std::uint64_t ends = run.asked().local ? 2 : 1; // both are ours
    const auto open = static_cast<std::uint64_t>(rest::read_resource_usage().open_descriptors);
    const auto wanted = open + spare_descriptors + run.asked().receivers * kinds * ends;
    rlimit allowed{};
    if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0)
        return run.asked().receivers;
    if (allowed.rlim_cur < wanted) {
        allowed.rlim_cur = std::min<rlim_t>(wanted, allowed.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &allowed);
    }
    const auto taken = open + spare_descriptors;
    const auto room = allowed.rlim_cur > taken ? (allowed.rlim_cur - taken) / (kinds * ends) : 0;
    if (room < run.asked().receivers)
        run.table.notes.push_back(
            fmt::format("{} receivers instead of {}: the program may have {} files open.", room,
                        run.asked().receivers, allowed.rlim_cur)); // bound: one
    return std::min<std::uint64_t>(room, run.asked().receivers);
}

// Connections that wait for messages, and what their opening has taken of the broker's memory.
template <class Probe>
struct crowd {
    std::vector<std::unique_ptr<Probe>> members; // bound: contrast_receivers_max
    std::optional<double> memory_bytes;
    traffic before; // idleness began

    traffic counted() const {
        traffic sum;
        for (const auto& each : members)
            sum += each->socket().counted();
        return sum;
    }
    std::vector<std::uint16_t> ports() const {
        std::vector<std::uint16_t> few;
        if (members.size() <= contrast_ports_max)
            for (const auto& each : members)
                few.push_back(each->socket().local_port()); // bound: contrast_ports_max
        return few;
    }
};

template <class Probe, class Open>
crowd<Probe> gather(contrast_run& run, std::uint64_t number, std::string_view way, Open open) {
    constexpr int parts = 4; // there are three crowds, and what they are for
    const auto until = share_of_rest(run, parts);
    std::string stopped;
    crowd<Probe> made;
    const auto before = rest::read_resource_usage().resident_bytes;
    try {
        while (made.members.size() < number && !is_over(until))
            made.members.push_back(open());
        stopped = "it took too long";
    } catch (const contrast_failure& failure) {
        run.limit.check();
        stopped = failure.sentence;
    }
    if (made.members.size() < number)
        run.table.notes.push_back(fmt::format("{}: {} receivers instead of {}: {}.", way,
                                              made.members.size(), number,
                                              stopped)); // bound: the ways
    const auto grown = rest::read_resource_usage().resident_bytes - before;
    if (run.asked().local && grown > 0)
        made.memory_bytes = static_cast<double>(grown);
    return made;
}

void measure_posts(contrast_run& run, std::uint64_t number) {
    const auto receiver = run.mqtt_client();
    receiver->subscribe(run.asked().topic, 0);
    const auto web = run.http_client();
    const auto target = run.topic_target();
    const auto post = [&] {
        web->ask({.method = "POST", .target = target, .body = run.payload});
        if (const auto answer = web->read_answer(); answer.status >= 300)
            throw contrast_failure{fmt::format("POST is answered with {}", answer.status)};
    };
    contrast_row row{contrast_group::fan_out, "http-posts"};
    const auto before = web->socket().counted();
    const auto cpu = thread_cpu_us();
    const auto begin = std::chrono::steady_clock::now();
    const auto until = share_of_rest(run, 4);
    while (row.messages < number && !is_over(until)) {
        post();
        ++row.messages;
    }
    row.latency_us = since(begin);
    row.cpu_us =
        (thread_cpu_us() - cpu) / static_cast<double>(std::max<std::uint64_t>(row.messages, 1));
    row.payload_bytes = row.messages * run.payload.size();
    if (row.messages < number)
        run.table.notes.push_back(fmt::format("http-posts: {} instead of {}: it took too long.",
                                              row.messages, number)); // bound: one
    row.counted = web->socket().counted() - before;
    row.sockets = web->socket().counted();
    row.ports = {web->socket().local_port()};
    run.table.rows.push_back(std::move(row)); // bound: the ways
}

void measure_one_publish(contrast_run& run, crowd<mqtt_probe>& receivers) {
    const auto sender = run.mqtt_client();
    contrast_row row{contrast_group::fan_out, "mqtt-publish"};
    auto before = sender->socket().counted();
    before += receivers.counted();
    const auto begin = std::chrono::steady_clock::now();
    const auto cpu = thread_cpu_us();
    sender->begin_publish({run.asked().topic, run.payload});
    row.cpu_us = thread_cpu_us() - cpu;
    for (const auto& each : receivers.members)
        while (!each->receive_until(run.limit.end(), run.payload))
            run.limit.check();
    row.latency_us = since(begin);
    row.messages = 1;
    row.connections = 1 + receivers.members.size();
    row.payload_bytes = row.connections * run.payload.size();
    row.sockets = sender->socket().counted();
    row.sockets += receivers.counted();
    row.counted = row.sockets - before;
    row.ports = receivers.ports();
    row.ports.push_back(sender->socket().local_port()); // bound: contrast_ports_max and this one
    if (row.ports.size() <= receivers.members.size())
        row.ports.clear();                    // not all of them are there
    run.table.rows.push_back(std::move(row)); // bound: the ways
}

template <class Probe>
void add_idle(contrast_run& run, std::string_view way, const crowd<Probe>& of) {
    if (of.members.empty())
        return;
    contrast_row row{contrast_group::idle, way};
    row.connections = of.members.size();
    row.sockets = of.counted();
    row.counted = row.sockets - of.before;
    row.memory_bytes = of.memory_bytes;
    row.ports = of.ports();
    run.table.rows.push_back(std::move(row)); // bound: the ways
}

struct listeners {
    crowd<mqtt_probe> mqtt;
    crowd<http_probe> streams;
    crowd<http_probe> polls;
};

void open_web(contrast_run& run, listeners& all, std::uint64_t number) {
    const auto target = run.topic_target();
    all.streams = gather<http_probe>(run, number, "sse", [&] {
        auto web = run.http_client();
        web->ask({.target = target + "?stream", .fields = "Accept: text/event-stream\r\n"});
        if (const auto answer = web->read_stream_head(); answer.status != 200)
            throw contrast_failure{fmt::format("one more is answered with {}", answer.status)};
        return web;
    });
    all.polls = gather<http_probe>(run, number, "long-poll", [&] {
        auto web = run.http_client();
        web->ask({.target = target + "?wait=0"});
        if (const auto answer = web->read_answer(); answer.status != 204)
            throw contrast_failure{fmt::format("one more is answered with {}", answer.status)};
        return web;
    });
}

// A second of it: each says once that it is still there, by its own means.
void idle_for_a_second(contrast_run& run, listeners& all) {
    const auto target = run.topic_target() + std::string(poll_options);
    const auto end = std::chrono::steady_clock::now() + seconds(1);
    for (const auto& each : all.polls.members)
        each->ask({.target = target});
    for (const auto& each : all.mqtt.members)
        each->ping();
    for (const auto& each : all.polls.members)
        if (const auto answer = each->read_answer(); answer.status != 204)
            throw contrast_failure{fmt::format("a poll is answered with {}", answer.status)};
    for (const auto& each : all.streams.members)
        each->read_message_until(end); // heartbeats
    if (all.streams.members.empty() && all.polls.members.empty())
        all.mqtt.members.front()->receive_until(end, run.payload);
}

} // namespace

void measure_crowd(contrast_run& run) {
    const auto number = possible_receivers(run);
    if (number == 0)
        return;
    if (run.http)
        measure_posts(run, number);
    listeners all;
    all.mqtt = gather<mqtt_probe>(run, number, "mqtt", [&] {
        auto client = run.mqtt_client();
        client->subscribe(run.asked().topic, 0);
        return client;
    });
    if (all.mqtt.members.empty())
        return;
    measure_one_publish(run, all.mqtt);
    if (run.asked().seconds == 0)
        return;
    if (run.http)
        open_web(run, all, number);
    all.mqtt.before = all.mqtt.counted();
    all.streams.before = all.streams.counted();
    all.polls.before = all.polls.counted();
    constexpr std::chrono::milliseconds needed{1500}; // for a second and what is to be done in it
    std::uint64_t passed = 0;
    while (passed < run.asked().seconds && run.limit.left() > needed) {
        idle_for_a_second(run, all);
        ++passed;
    }
    if (passed < run.asked().seconds)
        run.table.notes.push_back(fmt::format("idle: {} seconds instead of {}: the rest took too "
                                              "long.",
                                              passed, run.asked().seconds)); // bound: one
    run.table.asked.seconds = passed; // which is what the rows tell of
    if (passed == 0)
        return;
    add_idle(run, "long-poll", all.polls);
    add_idle(run, "sse", all.streams);
    add_idle(run, "mqtt", all.mqtt);
}

} // namespace gateway
