// What a JSON WebSocket says: its frames, and the requests in them.
#include "rest/json_frames.hpp"
#include "rest/websocket_frames.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

using namespace rest;
using event = websocket_reader::event;

namespace {

// As a client sends it.
std::string masked(unsigned first, std::string_view payload) {
    constexpr char mask[] = {'m', 'a', 's', 'k'};
    std::string out(1, static_cast<char>(first));
    if (payload.size() < 126) {
        out += static_cast<char>(0x80U | payload.size());
    } else {
        out += static_cast<char>(0x80U | 126U);
        out += static_cast<char>(payload.size() >> 8U);
        out += static_cast<char>(payload.size() & 0xFFU);
    }
    out.append(mask, 4);
    for (std::size_t i = 0; i < payload.size(); ++i)
        out += static_cast<char>(payload[i] ^ mask[i & 3U]);
    return out;
}

json_request good(std::string_view text) {
    const auto read = read_json_request(text);
    INFO(text);
    REQUIRE(read.has_value());
    return *read;
}

json_refusal bad(std::string_view text) {
    const auto read = read_json_request(text);
    INFO(text);
    REQUIRE_FALSE(read.has_value());
    return read.error();
}

} // namespace

TEST_CASE("a message comes out of its frames however the bytes are cut", "[RFC6455-5.4]") {
    const auto bytes = masked(0x01, "Hel") + masked(0x89, "ping") + masked(0x80, "lo");
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        websocket_reader reader(100);
        std::vector<std::string> seen;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            reader.put(bytes.substr(at, piece));
            for (auto each = reader.next(); each != event::nothing; each = reader.next())
                seen.push_back((each == event::text ? "text " : "ping ") + reader.payload());
        }
        CHECK(seen == std::vector<std::string>{"ping ping", "text Hello"});
    }
}

TEST_CASE("frames that break the rules end the connection with their status", "[RFC6455-7.4.1]") {
    const std::string unmasked{static_cast<char>(0x81), 1, 'x'};
    for (const auto& [bytes, status] : std::vector<std::pair<std::string, unsigned>>{
             {unmasked, 1002},
             {masked(0x80, "x"), 1002},                     // goes on with nothing
             {masked(0x01, "x") + masked(0x81, "y"), 1002}, // begins twice
             {masked(0xC1, "x"), 1002},                     // an extension
             {masked(0x83, "x"), 1002},                     // of no kind
             {masked(0x09, "x"), 1002},                     // a ping in parts
             {masked(0x89, std::string(126, 'x')), 1002},   // a long one
             {masked(0x82, "x"), 1003},                     // binary
             {masked(0x81, "\xFF"), 1007},                  // not UTF-8
             {masked(0x81, std::string(101, 'x')), 1009},   // too large
             {masked(0x01, std::string(60, 'x')) + masked(0x80, std::string(60, 'x')), 1009},
             {masked(0x88, "x"), 1002}}) { // half a status
        websocket_reader reader(100);
        reader.put(bytes);
        auto seen = reader.next();
        CHECK(seen == event::broken);
        CHECK(reader.status() == status);
        reader.put(masked(0x81, "more"));
        CHECK(reader.next() == event::nothing);
    }
}

TEST_CASE("a goodbye has a status, or none", "[RFC6455-5.5.1]") {
    websocket_reader reader(100);
    reader.put(masked(0x88, "\x03\xE9"
                            "bye"));
    CHECK(reader.next() == event::close);
    CHECK(reader.status() == 1001);
    websocket_reader silent(100);
    silent.put(masked(0x88, ""));
    CHECK(silent.next() == event::close);
    CHECK(silent.status() == 1000);
}

TEST_CASE("frames that we send have the shortest length", "[RFC6455-5.2]") {
    for (const std::size_t size : {0U, 125U, 126U, 65'535U, 65'536U}) {
        std::string out;
        append_text_frame(out, std::string(size, 'x'));
        const std::size_t head = size < 126 ? 2 : size < 65'536 ? 4 : 10;
        CHECK(out.size() == head + size);
        CHECK(static_cast<unsigned char>(out[0]) == 0x81);
    }
    std::string out;
    append_close(out, 1008, "why");
    CHECK(out == "\x88\x05\x03\xF0"
                 "why");
}

TEST_CASE("a request is read with what it leaves out", "[json-frames]") {
    const auto sub = good(
        R"({"op":"sub","n":1,"filters":[{"f":"home/#","qos":2,"every":500},"a"],"manual_ack":true})");
    CHECK(sub.number == 1U);
    REQUIRE(sub.filters.size() == 2);
    CHECK(sub.filters[0].filter == "home/#");
    CHECK(sub.filters[0].qos == mqtt::qos::exactly_once);
    CHECK(sub.filters[0].every.count() == 500);
    CHECK(sub.filters[1].qos == mqtt::qos::at_least_once);
    CHECK(sub.manual_ack);
    CHECK_FALSE(sub.no_local);
    const auto pub = good(R"({"op":"pub","topic":"a","payload":"1","qos":0,"retain":true})");
    CHECK_FALSE(pub.number.has_value());
    CHECK(pub.payload == "1");
    CHECK(pub.retain);
    CHECK(pub.qos == mqtt::qos::at_most_once);
    CHECK(good(R"({"op":"req","topic":"a","timeout":0.25})").timeout.count() == 251);
}

TEST_CASE("a payload is text, bytes in base64, or any JSON", "[json-frames]") {
    CHECK(good(R"({"op":"pub","topic":"a","payload":"AQI="})").payload == "AQI=");
    CHECK(good(R"({"op":"pub","topic":"a","payload":"AQI=","enc":"base64"})").payload ==
          "\x01\x02");
    CHECK(good(R"({"op":"pub","topic":"a","payload":{"x":[1, 2]}})").payload == R"({"x":[1,2]})");
    CHECK(good(R"({"op":"pub","topic":"a","payload":"x","enc":"json"})").payload == R"("x")");
    CHECK(good(R"({"op":"pub","topic":"a"})").payload.empty());
    bad(R"({"op":"pub","topic":"a","payload":"?","enc":"base64"})");
    bad(R"({"op":"pub","topic":"a","payload":1,"enc":"base64"})");
    bad(R"({"op":"pub","topic":"a","payload":"1","enc":"hex"})");
}

TEST_CASE("a request that is wrong says which one it was, and why", "[json-frames]") {
    CHECK(bad(R"({"op":"sub","n":7,"filters":["a/#/b"]})").number == 7U);
    CHECK(bad(R"({"op":"sub","n":7,"filters":["a/#/b"]})").why.id ==
          problem_id::topic_filter_invalid);
    CHECK(bad(R"({"op":"pub","topic":"a/+"})").why.id == problem_id::wildcard_in_topic_name);
    CHECK(bad(R"({"op":"pub","topic":"a","quality":1})").why.detail ==
          "'pub' has no member 'quality'");
    CHECK(bad(R"({"op":"publish"})").why.detail == "There is no operation 'publish'");
    for (const auto* text :
         {"", "[]", "{", "{}", R"({"op":1})", R"({"op":"sub"})", R"({"op":"sub","filters":[]})",
          R"({"op":"sub","filters":[{"f":"a","qos":3}]})",
          R"({"op":"sub","filters":["$share/g/a"]})",
          R"({"op":"sub","filters":["a"],"retained":"some"})", R"({"op":"pub","topic":""})",
          R"({"op":"pub","topic":"a","n":-1})", R"({"op":"req","topic":"a","timeout":0})",
          R"({"op":"req","topic":"a","timeout":61})", R"({"op":"get","filter":"a","limit":0})",
          R"({"op":"ack"})", R"({"op":"auth"})", R"({"op":"auth","token":"t","username":"u"})",
          R"({"op":"pub","topic":"a","props":{"pfi":1},"payload":"/w==","enc":"base64"})"})
        bad(text);
    std::string many = R"({"op":"sub","filters":["a")";
    for (int i = 0; i < 100; ++i)
        many += R"(,"a")";
    CHECK(bad(many + "]}").why.id == problem_id::too_many_filters);
}

TEST_CASE("an answer repeats the number of its request", "[json-frames]") {
    using nlohmann::json;
    const std::vector<mqtt::reason> reasons{mqtt::reason::success, mqtt::reason::not_authorized};
    CHECK(json::parse(reasons_answer("suback", 1, reasons)) ==
          json::parse(R"({"op":"suback","n":1,"rc":[0,135]})"));
    const auto told = json::parse(error_answer(2, {.id = problem_id::no_subscribers}));
    CHECK(told.at("n") == 2);
    CHECK(told.at("problem").at("type") == "/problems/no-subscribers");
    CHECK_FALSE(json::parse(error_answer(std::nullopt, {})).contains("n"));
}
