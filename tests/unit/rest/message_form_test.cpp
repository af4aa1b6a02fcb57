// How messages look over HTTP: content types, envelopes, streams, and what a slow reader keeps.
#include "mqtt/codec/properties.hpp"
#include "rest/envelope.hpp"
#include "rest/message_queue.hpp"
#include "rest/payload.hpp"
#include "rest/stream_format.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace rest;
using nlohmann::json;

namespace {

mqtt::message_ptr message_of(std::string_view topic, std::string_view payload,
                             const mqtt::publish_properties& props = {}, bool retain = false,
                             std::uint64_t id = 1) {
    const auto forwarded = mqtt::forwarded_properties(props);
    mqtt::publication what;
    what.topic = topic;
    what.payload = payload;
    what.properties = forwarded;
    what.qos = mqtt::qos::at_least_once;
    what.retain = retain;
    return mqtt::message::make(what, id,
                               mqtt::wall_time(std::chrono::milliseconds(1'795'361'445'123)));
}

json envelope_of(const mqtt::message_ptr& what, bool parse = false) {
    std::string text;
    append_envelope(text, *what, what->qos(), what->retain(), parse);
    return json::parse(text);
}

std::vector<std::string> taken(message_queue& queue) {
    std::vector<std::string> seen;
    message_queue::entry next;
    while (queue.take(next))
        seen.push_back(std::string(next.what->topic()) + "=" + std::string(next.what->payload()));
    return seen;
}

} // namespace

TEST_CASE("a payload's type is the publisher's, else what the bytes look like", "[payload]") {
    CHECK(type_of("", R"({"a":1})").text == "application/json");
    CHECK(type_of("", "21.5").text == "text/plain; charset=utf-8");
    CHECK(type_of("", "grün").text == "text/plain; charset=utf-8");
    CHECK(type_of("", "\xFF\xFE").text == "application/octet-stream");
    CHECK(type_of("", "<html><script>").text == "text/plain; charset=utf-8");
    CHECK(type_of("image/png", "x").text == "image/png");
    CHECK(type_of("text/html", "x").active);
    CHECK(type_of("image/svg+xml", "x").active);
    CHECK_FALSE(type_of("image/png", "x").active);
    const auto broken = type_of("text/html\r\nX: y", "x");
    CHECK(broken.named_otherwise);
    CHECK(broken.text.find('\r') == std::string::npos);
}

TEST_CASE("the envelope holds text, base64 or JSON, and says which", "[envelope]") {
    const auto text = envelope_of(message_of("home/temp", "21.5"));
    CHECK(text["topic"] == "home/temp");
    CHECK(text["payload"] == "21.5");
    CHECK(text["ts"] == "2026-11-22T15:30:45.123Z");
    CHECK_FALSE(text.contains("enc"));
    CHECK_FALSE(text.contains("props"));
    const auto bytes = envelope_of(message_of("t", std::string_view("\0\xFF", 2)));
    CHECK(bytes["enc"] == "base64");
    CHECK(bytes["payload"] == "AP8=");
    const auto parsed = envelope_of(message_of("t", R"({"a":[1,2]})"), true);
    CHECK(parsed["enc"] == "json");
    CHECK(parsed["payload"]["a"][1] == 2);
    const auto odd = envelope_of(message_of("t\"\\", "line\nbreak \"quoted\" \x01"));
    CHECK(odd["topic"] == "t\"\\");
    CHECK(odd["payload"] == "line\nbreak \"quoted\" \x01");
}

TEST_CASE("the envelope shows the properties, user properties in their order", "[envelope]") {
    const auto shown = envelope_of(message_of(
        "t", "x", {true, "text/plain", "r/1", "\1\2", {{"b", "1"}, {"a", "2"}, {"b", "3"}}}));
    const auto& props = shown["props"];
    CHECK(props["content_type"] == "text/plain");
    CHECK(props["response_topic"] == "r/1");
    CHECK(props["correlation"] == "AQI=");
    CHECK(props["user"] == json::parse(R"([["b","1"],["a","2"],["b","3"]])"));
}

TEST_CASE("deeply nested JSON is shown as text, not parsed into a deep stack", "[envelope]") {
    const auto deep = std::string(100'000, '[') + std::string(100'000, ']');
    const auto shown = envelope_of(message_of("t", deep), true);
    CHECK_FALSE(shown.contains("enc"));
    CHECK(shown["payload"].get<std::string>().size() == deep.size());
}

TEST_CASE("nothing in a payload can become a field of an event stream", "[stream]") {
    std::string out;
    stream_format raw;
    raw.events = true;
    raw.raw = true;
    append_message(out, raw, *message_of("t", "a\nevent: evil\r\ndata: x\rid: 9"),
                   mqtt::qos::at_most_once, false);
    std::size_t at = 0;
    while (at < out.size()) {
        const auto end = out.find('\n', at);
        const auto line = out.substr(at, end - at);
        INFO(line);
        CHECK(line.find('\r') == std::string::npos);
        CHECK((line.empty() || line.starts_with("data:") || line.starts_with("id: ")));
        CHECK(line != "id: 9");
        at = end + 1;
    }
    CHECK(out.ends_with("\n\n"));
}

TEST_CASE("an event is its id and its envelope, a line is the envelope alone", "[stream]") {
    const auto what = message_of("t", "x");
    std::string events;
    append_message(events, {true, false, false, false}, *what, mqtt::qos::at_least_once, false);
    CHECK(events.starts_with("id: "));
    CHECK(events.find("\ndata: {\"id\":") != std::string::npos);
    CHECK(events.find("event:") == std::string::npos); // so that onmessage works
    std::string named;
    append_message(named, {true, false, false, true}, *what, mqtt::qos::at_least_once, false);
    CHECK(named.find("event: t\n") != std::string::npos);
    std::string line;
    append_message(line, {}, *what, mqtt::qos::at_least_once, false);
    CHECK(line.ends_with("}\n"));
    CHECK(json::parse(line)["payload"] == "x");
}

TEST_CASE("a full queue keeps the newest of each topic, then drops the oldest, and counts",
          "[queue]") {
    int woken = 0;
    queue_room room(3, 1'000'000);
    message_queue queue(room, {}, [&] { ++woken; });
    for (const auto& [topic, payload] :
         {std::pair{"a", "1"}, {"b", "1"}, {"a", "2"}, {"a", "3"}, {"b", "2"}})
        queue.on_message(message_of(topic, payload), mqtt::qos::at_least_once, false);
    CHECK(woken == 1);
    CHECK(queue.take_dropped() == 3);
    CHECK(taken(queue) == std::vector<std::string>{"a=3", "b=2"});
    for (const char* topic : {"a", "b", "c", "d"})
        queue.on_message(message_of(topic, "1"), mqtt::qos::at_least_once, false);
    CHECK(queue.take_dropped() == 1);
    CHECK(taken(queue) == std::vector<std::string>{"b=1", "c=1", "d=1"});
    CHECK(queue.empty());
}

TEST_CASE("a queue is bounded in bytes as well", "[queue]") {
    queue_room room(1000, 10'000);
    message_queue queue(room, {}, [] {});
    const std::string big(4'000, 'x');
    for (int i = 0; i < 100; ++i)
        queue.on_message(message_of("t" + std::to_string(i), big), mqtt::qos::at_least_once, false);
    CHECK(queue.take_dropped() >= 96);
    CHECK(taken(queue).size() <= 4);
}
