// The generator's process: one thread that opens the clients, publishes, and prints one line of
// JSON.
#include "tests/bench/closed_loop.hpp"
#include "tests/bench/handshake_loop.hpp"
#include "tests/bench/http_loop.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/retained_load.hpp"
#include "tests/bench/window_loop.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr int exit_failed = 1;
constexpr int exit_misused = 2;

double seconds_of(std::chrono::duration<double> time) {
    return time.count();
}

// Each client needs a descriptor, and the usual soft limit of 1024 is below what --idle asks for.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void wait_for_end_of_input() {
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
}

void hold_idle_connections(const bench::options& chosen, const bench::endpoint& broker) {
    std::vector<bench::connection> clients;
    clients.reserve(chosen.idle);
    for (std::uint64_t index = 0; index < chosen.idle; ++index) {
        const std::string number = std::to_string(index);
        clients.emplace_back(broker, "bench-idle-" + number);
        clients.back().subscribe("bench/idle/" + number, static_cast<std::uint8_t>(chosen.qos));
    }
    std::puts("ready");
    std::fflush(stdout);
    wait_for_end_of_input();
}

bench::monotonic::duration ticks(double seconds) {
    return std::chrono::duration_cast<bench::monotonic::duration>(
        std::chrono::duration<double>(seconds));
}

void print_counts(const bench::tally& counted) {
    const double elapsed = seconds_of(counted.elapsed);
    if (counted.handshakes > 0)
        std::printf("{\"handshakes\": %llu, \"resumed\": %llu, \"handshakes_per_second\": %.1f",
                    static_cast<unsigned long long>(counted.handshakes),
                    static_cast<unsigned long long>(counted.resumed),
                    static_cast<double>(counted.handshakes) / elapsed);
    else if (counted.acknowledged > 0)
        std::printf("{\"acknowledged\": %llu, \"publishes\": %llu",
                    static_cast<unsigned long long>(counted.acknowledged),
                    static_cast<unsigned long long>(counted.publishes));
    else
        std::printf("{\"deliveries\": %llu, \"deliveries_per_second\": %.1f, \"publishes\": %llu",
                    static_cast<unsigned long long>(counted.deliveries),
                    static_cast<double>(counted.deliveries) / elapsed,
                    static_cast<unsigned long long>(counted.publishes));
}

// The loop's last phase, as one line of JSON.
template <typename Loop>
void print_report(const bench::tally& counted, const Loop& loop, const bench::options& chosen) {
    print_counts(counted);
    std::printf(", \"seconds\": %.6f, \"p50_us\": %.2f, \"p99_us\": %.2f, "
                "\"generator_cpu_seconds\": %.6f, \"tls\": \"%s\"",
                seconds_of(counted.elapsed), loop.latency().quantile(0.50) / 1e3,
                loop.latency().quantile(0.99) / 1e3, seconds_of(counted.generator_cpu),
                loop.suite().c_str());
    if (chosen.broker_pid != 0)
        std::printf(", \"broker_cpu_seconds\": %.6f", seconds_of(counted.broker_cpu));
    std::puts("}");
    std::fflush(stdout);
    if (chosen.hold)
        wait_for_end_of_input();
}

void publish_in_closed_loop(const bench::options& chosen, const bench::endpoint& broker) {
    bench::closed_loop loop(chosen, broker);
    loop.run(ticks(chosen.warmup_seconds), 0);
    print_report(loop.run(ticks(chosen.seconds), chosen.messages), loop, chosen);
}

void shake_hands_in_a_loop(const bench::options& chosen, const bench::endpoint& broker) {
    bench::handshake_loop loop(chosen, broker);
    loop.run(ticks(chosen.warmup_seconds));
    print_report(loop.run(ticks(chosen.seconds)), loop, chosen);
}

void publish_in_windows(const bench::options& chosen, const bench::endpoint& broker) {
    bench::window_loop loop(chosen, broker);
    loop.run(ticks(chosen.warmup_seconds));
    const auto counted = loop.run(ticks(chosen.seconds));
    if (chosen.collect)
        loop.collect();
    print_report(counted, loop, chosen);
}

void publish_over_http(const bench::options& chosen, const bench::endpoint& broker) {
    bench::http_loop loop(chosen, broker);
    loop.run(ticks(chosen.warmup_seconds));
    print_report(loop.run(ticks(chosen.seconds)), loop, chosen);
}

void leave_retained(const bench::options& chosen, const bench::endpoint& broker) {
    const auto begin = bench::monotonic::now();
    const auto sizes = bench::publish_retained(broker, chosen.retained, chosen.payload_bytes);
    std::printf("{\"messages\": %llu, \"topic_bytes\": %llu, \"payload_bytes\": %llu, "
                "\"seconds\": %.6f}\n",
                static_cast<unsigned long long>(sizes.messages),
                static_cast<unsigned long long>(sizes.topic_bytes),
                static_cast<unsigned long long>(sizes.payload_bytes),
                seconds_of(bench::monotonic::now() - begin));
    std::fflush(stdout);
}

void load(const bench::options& chosen) {
    std::optional<bench::tls_client> tls;
    if (!chosen.tls_ca.empty())
        tls.emplace(chosen.tls_ca, chosen.tls_version, chosen.resume);
    const bench::endpoint broker{
        bench::resolve(chosen.host.c_str(), static_cast<std::uint16_t>(chosen.port)),
        tls ? &*tls : nullptr};
    if (chosen.idle > 0)
        hold_idle_connections(chosen, broker);
    else if (chosen.handshakes > 0)
        shake_hands_in_a_loop(chosen, broker);
    else if (chosen.retained > 0)
        leave_retained(chosen, broker);
    else if (chosen.http != bench::http_form::none)
        publish_over_http(chosen, broker);
    else if (chosen.window > 0)
        publish_in_windows(chosen, broker);
    else
        publish_in_closed_loop(chosen, broker);
}

} // namespace

int main(int count, char** words) {
    try {
        const bench::options chosen = bench::parse_options(count, words);
        raise_descriptor_limit();
        std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
        if (chosen.help)
            std::fputs(bench::usage, stdout);
        else
            load(chosen);
        return 0;
    } catch (const std::invalid_argument& problem) {
        std::fprintf(stderr, "load_generator: %s\n", problem.what());
        return exit_misused;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "load_generator: %s\n", problem.what());
        return exit_failed;
    }
}
