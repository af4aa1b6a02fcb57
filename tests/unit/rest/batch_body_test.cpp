// Batches taken apart: the same messages however the body is cut on its way, and each fault told
// without harm to its neighbours.
#include "rest/batch_body.hpp"
#include "tests/support/catch2_any.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

using rest::batch_body;
using rest::batch_form;

constexpr std::size_t line_max = 64;

// "topic=payload qos retain", or "!reason: detail".
struct outcome {
    bool readable = true;
    std::vector<std::string> messages;
};

std::string shown(const rest::batch_message& what) {
    auto text = std::string(what.what.topic) + "=" + std::string(what.what.payload) + " " +
                std::to_string(mqtt::to_number(what.what.qos)) + (what.what.retain ? " kept" : "");
    const auto& props = what.what.properties;
    for (const auto& [name, value] : props.user)
        text += " " + name + ":" + value;
    text += props.content_type.empty() ? "" : " type " + props.content_type;
    text += props.response_topic.empty() ? "" : " to " + props.response_topic;
    text += props.correlation.empty() ? "" : " for " + props.correlation;
    text += props.payload_is_utf8 ? (*props.payload_is_utf8 ? " text" : " bytes") : "";
    text += what.what.expiry ? " " + std::to_string(*what.what.expiry) + "s" : "";
    return text;
}

void take_all(batch_body& body, outcome& into) {
    rest::batch_message message;
    rest::batch_fault fault;
    for (;;) {
        const auto found = body.next(message, fault);
        if (found == batch_body::found::nothing)
            return;
        into.messages.push_back(found == batch_body::found::message
                                    ? shown(message)
                                    : "!" + std::to_string(mqtt::to_byte(fault.reason)) + " " +
                                          fault.detail);
    }
}

// step: bytes of each part; 0: all at once.
outcome read(std::string_view text, batch_form form, const rest::batch_terms& terms = {},
             std::size_t step = 0, std::size_t bytes_max = line_max) {
    outcome made;
    batch_body body(form, terms, bytes_max);
    for (std::size_t at = 0; at < text.size(); at += step == 0 ? text.size() : step) {
        body.put(text.substr(at, step == 0 ? text.size() : step));
        take_all(body, made);
    }
    made.readable = body.finish();
    if (made.readable)
        take_all(body, made);
    return made;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("lines are topic, space and payload", "[batch]") {
    const std::string_view text = "a/b 1\na/c 2 with spaces\r\n\n \nempty\n /x\nlast 3";
    const list wanted{"a/b=1 1", "a/c=2 with spaces 1", "empty= 1", "=/x 1", "last=3 1"};
    for (std::size_t step = 0; step <= text.size(); ++step) {
        INFO(step);
        CHECK(read(text, batch_form::lines, {}, step).messages == wanted);
    }
}

TEST_CASE("the terms of the batch hold for messages that do not say otherwise", "[batch]") {
    const rest::batch_terms terms{mqtt::qos::at_most_once, true, "copy/"};
    CHECK(read("a 1\n", batch_form::lines, terms).messages == list{"copy/a=1 0 kept"});
    CHECK(
        read(R"([{"topic":"a","payload":"1"},{"topic":"b","payload":"2","qos":2,"retain":false}])",
             batch_form::document, terms)
            .messages == list{"copy/a=1 0 kept", "copy/b=2 2"});
}

TEST_CASE("a line that is too long is told once and skipped, however long it is", "[batch]") {
    const std::string text = "a 1\nb " + std::string(1000, 'x') + "\nc 3\n" +
                             std::string(line_max + 1, 'y') + "\nd 4\n" + std::string(500, 'z');
    const list wanted{"a=1 1", "!149 A line has at most 64 bytes",
                      "c=3 1", "!149 A line has at most 64 bytes",
                      "d=4 1", "!149 A line has at most 64 bytes"};
    for (const std::size_t step : {0, 1, 7, 63, 64, 65, 66, 100}) {
        INFO(step);
        CHECK(read(text, batch_form::lines, {}, step).messages == wanted);
    }
    const auto exact = "t " + std::string(line_max - 2, 'x');
    CHECK(read(exact + "\n", batch_form::lines).messages ==
          list{"t=" + std::string(line_max - 2, 'x') + " 1"});
}

TEST_CASE("what is kept of an endless line is bounded", "[batch]") {
    const rest::batch_terms terms;
    batch_body body(batch_form::lines, terms, line_max);
    outcome made;
    for (int i = 0; i < 1000; ++i) {
        body.put(std::string(50, 'x'));
        take_all(body, made);
        REQUIRE(body.bytes() <= line_max + 50);
        REQUIRE(body.is_within_line());
    }
    CHECK(made.messages.size() == 1);
}

TEST_CASE("JSON lines are messages, and a bad one harms no other", "[batch]") {
    const std::string_view text = "{\"topic\":\"a\",\"payload\":\"1\"}\n\n"
                                  "{\"topic\":\"b\",\"payload\":\n"
                                  " {\"payload\":\"3\",\"qos\":0,\"topic\":\"c\"} \r\n"
                                  "{\"topic\":\"d\",\"payload\":\"4\"} x\n[]\n"
                                  "{\"topic\":\"e\",\"payload\":\"5\"}";
    const list wanted{"a=1 1",
                      "!129 The line is not JSON at byte 23",
                      "c=3 0",
                      "!129 The line is not JSON at byte 28",
                      "!129 A message is an object with the members topic and payload",
                      "e=5 1"};
    for (std::size_t step = 0; step <= text.size(); ++step) {
        INFO(step);
        CHECK(read(text, batch_form::ndjson, {}, step).messages == wanted);
    }
}

TEST_CASE("a document is an object or an array, whole and nothing behind it", "[batch]") {
    const std::string_view array =
        " [ {\"topic\":\"a\",\"payload\":\"1\"} , {\"topic\":\"b\",\"payload\":\"2\"} ] ";
    for (std::size_t step = 0; step <= array.size(); ++step)
        CHECK(read(array, batch_form::document, {}, step, 1000).messages == list{"a=1 1", "b=2 1"});
    CHECK(read("{\"topic\":\"a\",\"payload\":\"1\"}\n", batch_form::document).messages ==
          list{"a=1 1"});
    CHECK(read("[]", batch_form::document).messages.empty());
    for (const auto* text :
         {"", "1", "\"a\"", "[", "[1,]", "[] []", "{\"topic\":1}{",
          "{\"topic\":\"a\",\"payload\":\"1\"}\n{\"topic\":\"a\",\"payload\":\"1\"}"}) {
        INFO(text);
        const auto made = read(text, batch_form::document);
        CHECK_FALSE(made.readable);
        CHECK(made.messages.empty());
    }
}

TEST_CASE("payloads come as text, base64 or any JSON value", "[batch]") {
    const auto payload_of = [](const std::string& members) {
        return read("{\"topic\":\"t\"," + members + "}", batch_form::document).messages.at(0);
    };
    CHECK(payload_of(R"("payload":"a\n\u00e4")") == "t=a\n\xC3\xA4 1");
    CHECK(payload_of(R"("payload":"AQID","payload_encoding":"base64")") == "t=\x01\x02\x03 1");
    CHECK(payload_of(R"("payload_encoding":"base64","payload":"")") == "t= 1");
    CHECK(payload_of(R"("payload_encoding":"json","payload":{ "a" : [1, "b c"] })") ==
          R"(t={"a":[1,"b c"]} 1)");
    CHECK(payload_of(R"("payload":"x\n","payload_encoding":"json")") == R"(t="x\n" 1)");
    CHECK(payload_of(R"("payload":null,"payload_encoding":"json")") == "t=null 1");
    CHECK(payload_of(R"("payload":21.5)") ==
          "!129 'payload' is a string; for any other value say \"payload_encoding\":\"json\"");
    CHECK(payload_of(R"("payload":"?","payload_encoding":"base64")") ==
          "!129 'payload' is not base64");
    CHECK(payload_of(R"("payload":"1","payload_encoding":"hex")") ==
          "!129 'payload_encoding' is plain, base64 or json");
}

TEST_CASE("properties are MQTT's, with EMQX's names", "[batch]") {
    const auto made =
        read(R"({"topic":"t","payload":"p","properties":{"payload_format_indicator":1,)"
             R"("message_expiry_interval":60,"response_topic":"r/1",)"
             R"("correlation_data":"c","content_type":"text/x",)"
             R"("user_properties":{"b":"1","a":"2"}}})",
             batch_form::document);
    CHECK(made.messages == list{"t=p 1 b:1 a:2 type text/x to r/1 for c text 60s"});
    const auto pairs = read(R"({"topic":"t","payload":"p","properties":)"
                            R"({"user_properties":[["k","1"],["k","\u0032"]]}})",
                            batch_form::document);
    CHECK(pairs.messages == list{"t=p 1 k:1 k:2"});
    std::string many = R"({"topic":"t","payload":"p","properties":{"user_properties":[)";
    for (int i = 0; i <= 100; ++i)
        many += i == 0 ? R"(["k","v"])" : R"(,["k","v"])";
    CHECK(read(many + "]}}", batch_form::document).messages ==
          list{"!151 More than 100 user properties"});
}

TEST_CASE("what a message has not is told by its name", "[batch]") {
    const auto fault_of = [](const std::string& text) {
        return read(text, batch_form::document).messages.at(0);
    };
    CHECK(fault_of(R"({"payload":"1"})") == "!144 The member 'topic' is missing");
    CHECK(fault_of(R"({"topic":"a"})") == "!129 The member 'payload' is missing");
    CHECK(fault_of(R"({"topic":"a","payload":"1","quos":1})") == "!129 There is no member 'quos'");
    CHECK(fault_of(R"({"topic":"a","topic":"b","payload":"1"})") == "!129 'topic' is given twice");
    CHECK(fault_of(R"({"topic":7,"payload":"1"})") == "!129 'topic' is a string");
    for (const auto* qos : {"3", "-1", "1.5", "\"1\"", "true"})
        CHECK(fault_of(R"({"topic":"a","payload":"1","qos":)" + std::string(qos) + "}") ==
              "!129 'qos' is a number from 0 to 2");
    CHECK(fault_of(R"({"topic":"a","payload":"1","retain":1})") ==
          "!129 'retain' is true or false");
    CHECK(fault_of(R"({"topic":"a","payload":"1","properties":{"unit":"C"}})") ==
          "!129 There is no member 'unit'");
    CHECK(fault_of(R"({"topic":"a","payload":"1","properties":{"user_properties":{"a":1}}})") ==
          "!129 'user_properties' is an object of strings, or an array of pairs");
    CHECK(fault_of(R"({"topic":"a","payload":"1","clientid":"x"})") ==
          "!129 There is no member 'clientid': the caller's own name is used");
}
