#include "tests/bench/options.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace bench {
namespace {

struct number_row {
    std::string_view name;
    std::uint64_t options::*member;
    std::uint64_t lowest;
    std::uint64_t highest;
};

// clang-format off
constexpr number_row numbers[] = {
    {"--port",        &options::port,           1,    65'535},
    {"--publishers",  &options::publishers,     1,    20'000},
    {"--subscribers", &options::subscribers,    0,    20'000},
    {"--qos",         &options::qos,            0,         1},
    {"--payload",     &options::payload_bytes, 16,   100'000},
    {"--burst",       &options::burst,          1,    10'000},
    {"--messages",    &options::messages,       1, 1'000'000'000},
    {"--idle",        &options::idle,           1,   100'000},
    {"--handshakes",  &options::handshakes,     1,     1'000},
    {"--window",      &options::window,         1,    10'000},
    {"--rate",        &options::rate,           1, 10'000'000},
    {"--retained",    &options::retained,       1, 10'000'000},
    {"--broker-pid",  &options::broker_pid,     1, 4'194'304},
};
struct duration_row {
    std::string_view name;
    double options::*member;
};
constexpr duration_row durations[] = {
    {"--seconds", &options::seconds},
    {"--warmup",  &options::warmup_seconds},
};
// clang-format on

template <typename Number>
Number parse_number(std::string_view name, std::string_view text, Number lowest, Number highest) {
    Number value{};
    const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
    if (error != std::errc{} || end != text.end() || !(value >= lowest && value <= highest))
        throw std::invalid_argument(std::string(name) + ": not a number from " +
                                    std::to_string(lowest) + " to " + std::to_string(highest) +
                                    ": " + std::string(text));
    return value;
}

topic_plan parse_topics(std::string_view text) {
    if (text == "shared")
        return topic_plan::shared;
    if (text == "paired")
        return topic_plan::paired;
    throw std::invalid_argument("--topics: neither shared nor paired: " + std::string(text));
}

http_form parse_http(std::string_view text) {
    if (text == "post")
        return http_form::post;
    if (text == "json")
        return http_form::json;
    if (text == "batch")
        return http_form::batch;
    throw std::invalid_argument("--http: none of post, json, batch: " + std::string(text));
}

tls_version parse_tls_version(std::string_view text) {
    if (text == "1.2")
        return tls_version::tls_1_2;
    if (text == "1.3")
        return tls_version::tls_1_3;
    throw std::invalid_argument("--tls-version: neither 1.2 nor 1.3: " + std::string(text));
}

void apply(options& chosen, std::string_view name, std::string_view text) {
    const auto named = [name](const auto& row) { return row.name == name; };
    const auto number = std::find_if(std::begin(numbers), std::end(numbers), named);
    const auto duration = std::find_if(std::begin(durations), std::end(durations), named);
    if (number != std::end(numbers))
        chosen.*number->member = parse_number(name, text, number->lowest, number->highest);
    else if (duration != std::end(durations))
        chosen.*duration->member = parse_number(name, text, 0.0, 3600.0);
    else if (name == "--host")
        chosen.host = text;
    else if (name == "--topics")
        chosen.topics = parse_topics(text);
    else if (name == "--http")
        chosen.http = parse_http(text);
    else if (name == "--tls-ca")
        chosen.tls_ca = text;
    else if (name == "--tls-version")
        chosen.tls_version = parse_tls_version(text);
    else
        throw std::invalid_argument("unknown option: " + std::string(name));
}

} // namespace

const char* const usage =
    R"(load_generator: publishes to an MQTT broker in a closed loop and prints one line of JSON.

  --host ADDRESS     IPv4 address of the broker (127.0.0.1)
  --port PORT        (1883)
  --publishers N     (1)
  --subscribers N    (1)
  --topics PLAN      shared: every subscriber gets everything; paired: publisher i -> subscriber i (shared)
  --qos Q            0 or 1, of the messages and the subscriptions (0)
  --payload BYTES    at least 16 (64)
  --burst B          messages that a publisher writes at once; the next burst follows when all have arrived (1)
  --seconds S        length of the counted window (2)
  --messages N       end the counted window after N publishes instead, rounded up to whole bursts
  --warmup S         published before the window, not counted (0.5)
  --broker-pid PID   also report the CPU time of this process within the window
  --hold             keep the connections after the report until stdin closes
  --idle N           no publishing: N connections with one subscription each, print "ready", hold until stdin closes
  --window W         the subscribers are persistent sessions whose clients are away, and each publisher has W messages of
                     QoS 1 under way: it sends the next one for each PUBACK. The latency is that of the PUBACK
  --http FORM        with --window: requests instead of messages, W under way on each connection, and no subscribers.
                     post: the payload to its topic's address; json: an object to /api/v5/publish; batch: a burst of
                     objects, one a line, in each request
  --rate R           not faster than R publishes a second, of all publishers
  --collect          after that the subscribers come back, and must be given everything that was acknowledged
  --retained N       no publishers: N retained messages, each on a topic of its own, site/S/device/D/temp
  --handshakes N     no publishing: N clients at once that connect, are let in and leave again, over and over
  --tls-ca FILE      TLS; the broker's certificate must be of an authority in this file, its names are not looked at
  --tls-version V    1.2 or 1.3, and no other (1.3)
  --resume           every TLS handshake but the first resumes the session of an earlier one

It ends with 1 when a delivery is missing, late by 10 s, repeated or out of order, with 2 when an argument is wrong.
)";

options parse_options(int count, char** words) {
    options chosen;
    for (int index = 1; index < count; ++index) {
        const std::string_view name = words[index];
        if (name == "--help")
            chosen.help = true;
        else if (name == "--hold")
            chosen.hold = true;
        else if (name == "--collect")
            chosen.collect = true;
        else if (name == "--resume")
            chosen.resume = true;
        else if (index + 1 < count)
            apply(chosen, name, words[++index]);
        else
            throw std::invalid_argument("unknown option, or one without its value: " +
                                        std::string(name));
    }
    if (chosen.topics == topic_plan::paired && chosen.publishers != chosen.subscribers)
        throw std::invalid_argument("--topics paired: as many publishers as subscribers are due");
    if (chosen.subscribers == 0 && chosen.window == 0)
        throw std::invalid_argument("--subscribers 0: only with --window, where nobody delivers");
    if (chosen.http != http_form::none && chosen.window == 0)
        throw std::invalid_argument("--http: --window is due, the requests under way");
    if (chosen.resume && chosen.tls_ca.empty())
        throw std::invalid_argument("--resume: a session of TLS is meant, so --tls-ca is due");
    return chosen;
}

} // namespace bench
