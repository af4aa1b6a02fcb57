#include "gateway/contrast/contrast_run.hpp"

#include "gateway/quoted.hpp"
#include "rest/base64.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <random>

namespace gateway {
namespace {

// Digits, as a thermometer sends them.
std::string payload_of(std::uint64_t size) {
    constexpr std::string_view digits = "21.5";
    std::string made;
    while (made.size() < size)
        made += digits[made.size() % digits.size()]; // bound: contrast_size_max
    return made;
}

std::string escaped(std::string_view topic) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-._~/";
    std::string made;
    for (const char each : topic)
        made += plain.find(each) != plain.npos
                    ? std::string(1, each)
                    : fmt::format("%{:02X}", static_cast<unsigned char>(each));
    return made;
}

// Nothing: what answers there serves topics by HTTP as we do. Else why not.
std::optional<std::string> http_problem(contrast_run& run) {
    try {
        const auto web = run.http_client();
        web->ask({.target = "/api/v1/version"});
        if (web->read_answer().body.find("\"sluice\"") == std::string::npos)
            return "what answers there has no topics";
        web->ask({.target = run.topic_target()});
        const auto answer = web->read_answer();
        if (answer.status == 200)
            return fmt::format("the topic {} has a retained value, which would be lost; give "
                               "another one with --topic",
                               quoted(run.asked().topic));
        if (answer.status != 404)
            return fmt::format("GET {} is answered with {}", run.topic_target(), answer.status);
        return std::nullopt;
    } catch (const contrast_failure& failure) {
        return failure.sentence;
    }
}

void look_for_http(contrast_run& run) {
    const auto& asked = run.asked();
    if (asked.http_port == 0)
        return;
    std::string problem;
    const auto& host = asked.http_host.empty() ? asked.host : asked.http_host;
    try {
        run.http.emplace(host, asked.http_port);
        problem = http_problem(run).value_or("");
    } catch (const contrast_failure& failure) {
        problem = failure.sentence;
    }
    if (problem.empty())
        return;
    run.http.reset();
    run.table.notes.push_back(
        fmt::format("Only MQTT was measured. {}:{} does not serve topics by HTTP: {}.", host,
                    asked.http_port, problem)); // bound: the parts
}

struct part {
    std::string_view name;
    void (*measure)(contrast_run&);
};

constexpr std::array parts{part{"publish", measure_publishing}, part{"receive", measure_receiving},
                           part{"ping", measure_pings}, part{"fan_out and idle", measure_crowd}};

} // namespace

mqtt_text::connecting contrast_run::introduction(std::uint16_t aliases) {
    mqtt_text::connecting what;
    static const auto mark = std::random_device{}() & 0xFFFFFU;
    what.client_id = fmt::format("contrast-{:05x}-{}", mark, clients++);
    what.username = asked().username;
    what.password = asked().password;
    what.aliases = aliases;
    return what;
}

std::unique_ptr<mqtt_probe> contrast_run::mqtt_client(std::uint16_t aliases) {
    return std::make_unique<mqtt_probe>(mqtt, limit, introduction(aliases));
}

std::unique_ptr<mqtt_probe> contrast_run::websocket_client() {
    return std::make_unique<mqtt_probe>(*http, limit, introduction(0), true);
}

std::unique_ptr<http_probe> contrast_run::http_client(http_form form) {
    const auto& name = asked().username;
    return std::make_unique<http_probe>(
        *http, limit, form,
        name.empty() ? std::string() : "Basic " + rest::base64(name + ":" + asked().password));
}

std::string contrast_run::topic_target() const {
    return "/topics/" + escaped(asked().topic);
}

contrast_table run_contrast(const contrast_question& asked, const patience& limit) {
    contrast_table table{asked, {}, {}};
    try {
        contrast_run run{limit, table, remote_address(asked.host, asked.port), std::nullopt,
                         payload_of(asked.size)};
        run.mqtt_client()->disconnect(); // nothing can be measured where that fails
        look_for_http(run);
        for (const auto& each : parts) {
            try {
                each.measure(run);
            } catch (const contrast_failure& failure) {
                table.notes.push_back(fmt::format("{}: not all was measured: {}.", each.name,
                                                  failure.sentence)); // bound: the parts
            }
        }
    } catch (const contrast_failure& failure) {
        table.notes.push_back("Nothing was measured: " + failure.sentence + ".");
    }
    return table;
}

double median_of(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

double thread_cpu_us() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

} // namespace gateway
