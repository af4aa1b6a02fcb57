// The numbers as Prometheus reads them, and the tables of costs.
#include "rest/cost_table.hpp"
#include "rest/event_queue.hpp"
#include "rest/event_stream.hpp"
#include "rest/metrics_text.hpp"
#include "tests/support/catch2_any.hpp"

#include <set>
#include <string>

namespace {

using mqtt::metric;
using mqtt::way;

bool has_line(const std::string& text, const std::string& line) {
    return text.find("\n" + line + "\n") != std::string::npos;
}

mqtt::readings some_readings() {
    mqtt::readings now;
    now.by_way[static_cast<std::size_t>(metric::messages_received)]
              [static_cast<std::size_t>(way::http)] = 3;
    now.by_way[static_cast<std::size_t>(metric::bytes_received)]
              [static_cast<std::size_t>(way::http)] = 650;
    now.sums[static_cast<std::size_t>(metric::http_answers_4xx)] = 7;
    now.http_seconds.events[0] = 1;
    now.http_seconds.events[3] = 2;
    now.http_seconds.sum = std::chrono::milliseconds(3);
    return now;
}

} // namespace

TEST_CASE("every row of the table is shown, and each family is said once", "[metrics]") {
    const auto text = rest::metrics_text({}, {}, rest::exposition::prometheus);
    std::set<std::string> families;
    for (auto at = text.find("# TYPE "); at != std::string::npos;
         at = text.find("# TYPE ", at + 1)) {
        const auto name = text.substr(at + 7, text.find(' ', at + 7) - at - 7);
        INFO(name);
        CHECK(families.insert(name).second);
    }
    for (const auto& row : mqtt::metric_table) {
        INFO(row.name);
        const bool counts = row.kind == mqtt::metric_kind::counter;
        CHECK(families.contains("sluice_" + std::string(row.family) + (counts ? "_total" : "")));
        CHECK_FALSE(row.sentence.empty());
    }
}

TEST_CASE("numbers stand under their labels, in both formats", "[metrics]") {
    const auto plain = rest::metrics_text(some_readings(), {}, rest::exposition::prometheus);
    CHECK(has_line(plain, "# TYPE sluice_messages_received_total counter"));
    CHECK(has_line(plain, "sluice_messages_received_total{transport=\"http\"} 3"));
    CHECK(has_line(plain, "sluice_http_requests_total{status=\"4xx\"} 7"));
    CHECK(plain.find("# EOF") == std::string::npos);
    const auto open = rest::metrics_text(some_readings(), {}, rest::exposition::openmetrics);
    CHECK(has_line(open, "# TYPE sluice_messages_received counter"));
    CHECK(has_line(open, "sluice_messages_received_total{transport=\"http\"} 3"));
    CHECK(open.ends_with("\n# EOF\n"));
}

TEST_CASE("steps of a histogram count what is below them, too", "[metrics]") {
    const auto text = rest::metrics_text(some_readings(), {}, rest::exposition::prometheus);
    CHECK(has_line(text, "sluice_http_request_duration_seconds_bucket{le=\"0.0001\"} 1"));
    CHECK(has_line(text, "sluice_http_request_duration_seconds_bucket{le=\"0.001\"} 3"));
    CHECK(has_line(text, "sluice_http_request_duration_seconds_bucket{le=\"+Inf\"} 3"));
    CHECK(has_line(text, "sluice_http_request_duration_seconds_count 3"));
    CHECK(has_line(text, "sluice_http_request_duration_seconds_sum 0.003"));
}

TEST_CASE("the program reads what it takes of the machine", "[metrics]") {
    const auto usage = rest::read_resource_usage();
    CHECK(usage.resident_bytes > 100'000);
    CHECK(usage.threads >= 1);
    CHECK(usage.open_descriptors >= 3);
    CHECK(usage.started_at > 1'500'000'000);
}

TEST_CASE("the measured costs name only ways that carried something", "[cost]") {
    CHECK(rest::measured_json(some_readings()) ==
          R"({"data":[{"transport":"http","messages":3,"payload_bytes":0,"wire_bytes":650,)"
          R"("bytes_per_message":216.7,"packets":0}]})"
          "\n");
    CHECK(rest::measured_json({}) == "{\"data\":[]}\n");
    CHECK(rest::measured_text(some_readings()) ==
          "transport  messages  payload_bytes  wire_bytes  bytes_per_message  packets\n"
          "http              3              0         650              216.7        0\n");
}

TEST_CASE("an event is one line of JSON, whatever stands in it", "[events]") {
    const mqtt::event what{"log", {}, {{"line", std::string("a\n\xff")}, {"n", std::int64_t{5}}}};
    CHECK(rest::event_text(what) ==
          "{\"event\":\"log\",\"ts\":\"1970-01-01T00:00:00.000Z\",\"line\":\"a\\n\xEF\xBF\xBD\","
          "\"n\":5}");
}

TEST_CASE("a queue of events is bounded, wakes once, and counts what did not fit", "[events]") {
    int woken = 0;
    rest::event_queue queue([&] { ++woken; });
    const auto one = std::make_shared<const mqtt::event>();
    for (std::size_t i = 0; i < rest::event_queue::events_max + 5; ++i)
        queue.put(one);
    CHECK(woken == 1);
    CHECK(queue.take_dropped() == 5);
    CHECK(queue.take_dropped() == 0);
    std::size_t taken = 0;
    while (queue.take())
        ++taken;
    CHECK(taken == rest::event_queue::events_max);
    queue.put(one);
    CHECK(woken == 2);
}
