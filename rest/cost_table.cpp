#include "rest/cost_table.hpp"

#include "rest/conditions.hpp"
#include "rest/http_connection.hpp"
#include "rest/json_text.hpp"
#include "rest/message_reply.hpp"
#include "rest/publish_options.hpp"
#include "rest/receipt.hpp"
#include "rest/service_context.hpp"
#include "rest/stream_format.hpp"
#include "rest/topic_address.hpp"

#include <array>

namespace rest {
namespace {

using mqtt::alias_use;
using mqtt::costed_message;
using mqtt::qos;
using mqtt::wire_cost;

// A request that nobody has sent.
struct imagined_request {
    http_verb method;
    std::string_view method_text;
    std::string target;
    std::vector<std::pair<std::string, std::string>> fields; // besides those of the caller
};

// What a caller sends with every request, and what belongs to one alone.
bool belongs_to_all(std::string_view name) {
    constexpr std::array<std::string_view, 8> own{
        "content-length", "content-type", "transfer-encoding", "expect", "if-none-match",
        "if-match",       "prefer",       "idempotency-key"};
    for (const auto each : own)
        if (equal_ignoring_case(name, each))
            return false;
    return true;
}

void add_line(request& to, std::string_view name, std::string_view value, std::size_t& bytes) {
    to.add_field(boost::beast::http::string_to_field({name.data(), name.size()}), name, value);
    bytes += name.size() + value.size() + 4; // ": " and CRLF
}

// The request as it would have been read, with its size but for the body.
request imagine(const exchange& each, const imagined_request& what) {
    request made;
    made.set_line(what.method, what.method_text, what.target, 11);
    auto bytes = what.method_text.size() + what.target.size() +
                 std::string_view("  HTTP/1.1\r\n\r\n").size();
    each.asked.each_field([&](std::string_view name, std::string_view value) {
        if (belongs_to_all(name))
            add_line(made, name, value, bytes);
    });
    for (const auto& [name, value] : what.fields)
        add_line(made, name, value, bytes);
    made.wire_bytes = bytes;
    return made;
}

// curl says this of every body that it is given by -d.
std::string_view type_of_body(const exchange& each) {
    return each.asked.field(http_field::user_agent).starts_with("curl/")
               ? "application/x-www-form-urlencoded"
               : std::string_view();
}

class cost_sheet {
public:
    cost_sheet(exchange& each, const cost_question& asked)
        : each_(each), asked_(asked), payload_(asked.size, 'x'),
          message_(mqtt::message::make({asked.topic, payload_, {}, qos::at_least_once, false},
                                       each.connection.client().newest_id() + 1,
                                       std::chrono::system_clock::now())) {}

    cost_table fill() {
        add_packets();
        add_requests();
        add_streams();
        return std::move(table_);
    }

private:
    void add_packets();
    void add_alias();
    void add_requests();
    void add_streams();
    wire_cost post() const;
    wire_cost batch() const;
    wire_cost poll(bool changed) const;
    reply fresh_answer() const;
    wire_cost exchange_cost(const request& asked, const exchange& answered) const;

    void published(std::string_view way, const wire_cost& all) {
        table_.publish.push_back({way, all}); // bound: the ways
    }
    void received(std::string_view way, const wire_cost& all) {
        table_.receive.push_back({way, all.times(asked_.receivers)});
    }

    exchange& each_;
    const cost_question& asked_;
    const std::string payload_;
    const mqtt::message_ptr message_;
    cost_table table_;
};

void cost_sheet::add_packets() {
    constexpr std::array levels{qos::at_most_once, qos::at_least_once, qos::exactly_once};
    constexpr std::array<std::string_view, 6> names{"mqtt-qos0",      "mqtt-qos1",
                                                    "mqtt-qos2",      "websocket-qos0",
                                                    "websocket-qos1", "websocket-qos2"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        costed_message what{asked_.topic, payload_, levels[i % levels.size()]};
        what.in_frames = i >= levels.size();
        published(names[i], mqtt::cost_of_publishing(what).times(asked_.n));
        received(names[i], mqtt::cost_of_receiving(what).times(asked_.n));
        if (i + 1 == levels.size())
            add_alias();
    }
}

// The first message names the topic, the others a number.
void cost_sheet::add_alias() {
    costed_message what{asked_.topic, payload_, qos::at_most_once, mqtt::version::v5,
                        alias_use::given};
    auto published_all = mqtt::cost_of_publishing(what);
    auto received_all = mqtt::cost_of_receiving(what);
    what.alias = alias_use::known;
    published_all += mqtt::cost_of_publishing(what).times(asked_.n - 1);
    received_all += mqtt::cost_of_receiving(what).times(asked_.n - 1);
    published("mqtt5-qos0-alias", published_all);
    received("mqtt5-qos0-alias", received_all);
}

// What the guards have put into this answer, they would put into others.
reply cost_sheet::fresh_answer() const {
    reply made;
    made.fields = each_.answer.fields;
    return made;
}

wire_cost cost_sheet::exchange_cost(const request& asked, const exchange& answered) const {
    const auto status = answered.answer.status;
    const bool bodiless = status == 204 || status == 304;
    return {asked.wire_bytes,
            each_.connection.answer_bytes(answered, bodiless ? 0 : answered.answer.body.size()), 2};
}

wire_cost cost_sheet::post() const {
    imagined_request what{http_verb::post, "POST", topic_uri(asked_.topic), {}};
    what.fields.emplace_back("Content-Length", std::to_string(payload_.size()));
    if (const auto type = type_of_body(each_); !type.empty())
        what.fields.emplace_back("Content-Type", type);
    auto asked = imagine(each_, what);
    asked.wire_bytes += payload_.size();
    exchange made{each_.connection, asked};
    made.answer = fresh_answer();
    mqtt::publish_outcome outcome;
    const auto receivers = static_cast<std::uint32_t>(asked_.receivers);
    outcome.reason = receivers == 0 ? mqtt::reason::no_matching_subscribers : mqtt::reason::success;
    outcome.matched = outcome.sent = receivers;
    outcome.id = message_->id();
    const auto raw = mqtt::cost_of_publishing({asked_.topic, payload_, qos::at_least_once});
    outcome.mqtt_bytes = static_cast<std::uint32_t>(raw.to_server + raw.to_client);
    made.answer.add("Mqtt-Reason-Code", std::to_string(mqtt::to_byte(outcome.reason)));
    made.answer.add("Mqtt-Matched", std::to_string(outcome.matched));
    show_receipt(made, asked_.topic, {}, outcome);
    return exchange_cost(asked, made);
}

// All messages as lines of one request.
wire_cost cost_sheet::batch() const {
    std::string line = R"({"topic":)";
    append_json_string(line, asked_.topic);
    line += R"(,"payload":)";
    append_json_string(line, payload_);
    line += "}\n";
    const auto body_bytes = line.size() * asked_.n;
    imagined_request what{http_verb::post, "POST", "/api/v1/publish?receipts=errors", {}};
    what.fields.emplace_back("Content-Length", std::to_string(body_bytes));
    what.fields.emplace_back("Content-Type", "application/x-ndjson");
    auto asked = imagine(each_, what);
    asked.wire_bytes += body_bytes;
    exchange made{each_.connection, asked};
    made.answer = fresh_answer();
    made.answer.set_body("application/json",
                         "{\"published\":" + std::to_string(asked_.n) + ",\"failed\":0}\n");
    return exchange_cost(asked, made);
}

// One look at the retained value.
wire_cost cost_sheet::poll(bool changed) const {
    imagined_request what{http_verb::get, "GET", topic_uri(asked_.topic), {}};
    const auto tag = changed ? '"' + mqtt::public_id(message_->id() - 1) + '"'
                             : std::string(entity_tag(*message_));
    what.fields.emplace_back("If-None-Match", tag);
    const auto asked = imagine(each_, what);
    exchange made{each_.connection, asked};
    made.answer = fresh_answer();
    show_message(made, *message_, true, {});
    return exchange_cost(asked, made);
}

void cost_sheet::add_requests() {
    published("post", post().times(asked_.n));
    published("batch-ndjson", batch());
    received("poll-unchanged", poll(false).times(asked_.n));
    received("poll-changed", poll(true).times(asked_.n));
}

void cost_sheet::add_streams() {
    constexpr std::array<std::string_view, 2> names{"sse", "ndjson"};
    for (const auto name : names) {
        const stream_format format{.events = name == "sse"};
        std::string part;
        append_message(part, format, *message_, qos::at_least_once, false);
        std::string chunk;
        append_chunk(chunk, part);
        received(name, wire_cost{0, chunk.size(), 1}.times(asked_.n));
    }
}

} // namespace

cost_table compute_costs(exchange& each, const cost_question& asked) {
    return cost_sheet(each, asked).fill();
}

} // namespace rest
