// What a connection costs that only shows that it is alive.
#include "gateway/contrast/contrast_run.hpp"

namespace gateway {
namespace {

constexpr unsigned rounds = 20;

template <class Ask>
void measure(contrast_run& run, std::string_view way, const counted_socket& socket, Ask ask) {
    contrast_row row{contrast_group::ping, way};
    ask(); // the first one is not counted
    const auto before = socket.counted();
    std::vector<double> latencies;
    std::vector<double> times;
    for (unsigned round = 0; round < rounds; ++round) {
        const auto cpu = thread_cpu_us();
        const auto asked = std::chrono::steady_clock::now();
        ask();
        latencies.push_back(
            std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - asked)
                .count()); // bound: rounds
        times.push_back(thread_cpu_us() - cpu);
    }
    row.messages = rounds;
    row.counted = socket.counted() - before;
    row.latency_us = median_of(latencies);
    row.cpu_us = median_of(times);
    row.sockets = socket.counted();
    row.ports = {socket.local_port()};
    run.table.rows.push_back(std::move(row)); // bound: the ways
}

} // namespace

void measure_pings(contrast_run& run) {
    const auto plain = run.mqtt_client();
    measure(run, "mqtt-ping", plain->socket(), [&] { plain->ping(); });
    if (!run.http)
        return;
    const auto framed = run.websocket_client();
    measure(run, "websocket-ping", framed->socket(), [&] { framed->ping(); });
    const auto ask = [](http_probe& web) {
        web.ask({.target = "/healthz"});
        web.read_answer();
    };
    const auto curl = run.http_client();
    measure(run, "http-curl", curl->socket(), [&] { ask(*curl); });
    const auto browser = run.http_client(http_form::browser);
    measure(run, "http-browser", browser->socket(), [&] { ask(*browser); });
}

} // namespace gateway
