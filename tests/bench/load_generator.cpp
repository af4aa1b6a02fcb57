// The generator's process: one thread that opens the clients, publishes, and prints one line of
// JSON.
#include "tests/bench/closed_loop.hpp"
#include "tests/bench/options.hpp"

#include <cstdio>
#include <exception>
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

void hold_idle_connections(const bench::options& chosen) {
    const auto broker =
        bench::resolve(chosen.host.c_str(), static_cast<std::uint16_t>(chosen.port));
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

void print_report(const bench::tally& counted, const bench::histogram& latency,
                  bool broker_watched) {
    const double elapsed = seconds_of(counted.elapsed);
    std::printf("{\"deliveries\": %llu, \"seconds\": %.6f, \"deliveries_per_second\": %.1f, "
                "\"p50_us\": %.2f, \"p99_us\": %.2f, \"publishes\": %llu, "
                "\"generator_cpu_seconds\": %.6f",
                static_cast<unsigned long long>(counted.deliveries), elapsed,
                static_cast<double>(counted.deliveries) / elapsed, latency.quantile(0.50) / 1e3,
                latency.quantile(0.99) / 1e3, static_cast<unsigned long long>(counted.publishes),
                seconds_of(counted.generator_cpu));
    if (broker_watched)
        std::printf(", \"broker_cpu_seconds\": %.6f", seconds_of(counted.broker_cpu));
    std::puts("}");
    std::fflush(stdout);
}

void publish_in_closed_loop(const bench::options& chosen) {
    using std::chrono::duration;
    using std::chrono::duration_cast;
    const auto ticks = [](double seconds) {
        return duration_cast<bench::monotonic::duration>(duration<double>(seconds));
    };
    bench::closed_loop loop(chosen);
    loop.run(ticks(chosen.warmup_seconds), 0);
    const bench::tally counted = loop.run(ticks(chosen.seconds), chosen.messages);
    print_report(counted, loop.latency(), chosen.broker_pid != 0);
    if (chosen.hold)
        wait_for_end_of_input();
}

} // namespace

int main(int count, char** words) {
    try {
        const bench::options chosen = bench::parse_options(count, words);
        raise_descriptor_limit();
        if (chosen.help)
            std::fputs(bench::usage, stdout);
        else if (chosen.idle > 0)
            hold_idle_connections(chosen);
        else
            publish_in_closed_loop(chosen);
        return 0;
    } catch (const std::invalid_argument& problem) {
        std::fprintf(stderr, "load_generator: %s\n", problem.what());
        return exit_misused;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "load_generator: %s\n", problem.what());
        return exit_failed;
    }
}
