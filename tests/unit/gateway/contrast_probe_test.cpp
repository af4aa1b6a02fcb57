// The packets and requests that the contrast sends, byte by byte, and what it reads.
#include "gateway/contrast/http_probe.hpp"
#include "gateway/contrast/mqtt_text.hpp"
#include "tests/support/catch2_any.hpp"

namespace {

using namespace gateway::mqtt_text;
using namespace std::string_view_literals;

TEST_CASE("a PUBLISH of the contrast has the bytes that the standard says", "[MQTT-3.3.1-1]") {
    CHECK(publish({"a/b", "21.5"}, 0) == "\x30\x0a\x00\x03"
                                         "a/b\x00"
                                         "21.5"sv);
    CHECK(publish({"a/b", "21.5", 1}, 7) == "\x32\x0c\x00\x03"
                                            "a/b\x00\x07\x00"
                                            "21.5"sv);
    CHECK(publish({"a/b", "", 0, true}, 0) == "\x31\x06\x00\x03"
                                              "a/b\x00"sv);
    CHECK(publish({"a/b", "21.5", 0, false, alias::known}, 0) == "\x30\x0a\x00\x00\x03\x23\x00\x01"
                                                                 "21.5"sv);
}

TEST_CASE("packets are taken one by one, and only when they are whole") {
    const auto whole = publish({"t", std::string(200, 'x'), 2}, 9) + std::string(ping);
    for (std::size_t length = 0; length < whole.size() - ping.size(); ++length) {
        auto part = whole.substr(0, length);
        CHECK_FALSE(take_packet(part));
        CHECK(part.size() == length);
    }
    auto all = whole;
    const auto first = take_packet(all);
    REQUIRE(first);
    CHECK(first->kind == packet::publish);
    CHECK(((first->flags >> 1U) & 3U) == 2);
    CHECK(number_at(first->body, 3) == 9);
    CHECK(take_packet(all)->kind == packet::pingreq);
    CHECK(all.empty());
}

TEST_CASE("what can't be a packet is no MQTT") {
    std::string endless = "\x30\xff\xff\xff\xff\x7f";
    CHECK_THROWS_AS(take_packet(endless), gateway::contrast_failure);
}

TEST_CASE("the topic aliases of a CONNACK are found behind its other properties") {
    CHECK(aliases_allowed("\x00\x00\x00"sv) == 0);
    CHECK(aliases_allowed("\x00\x00\x03\x22\x00\x0a"sv) == 10);
    CHECK(
        aliases_allowed(
            "\x00\x00\x11\x21\x00\x14\x24\x01\x12\x00\x02xy\x26\x00\x01k\x00\x01v\x22\x01\x00"sv) ==
        256);
    CHECK(aliases_allowed("\x00\x00\x03\x12\x00\x09"sv) == 0);
}

TEST_CASE("a frame of the contrast is masked, and carries the packet", "[RFC6455]") {
    for (const std::size_t size : {0U, 125U, 126U, 65'535U, 65'536U}) {
        const std::string bytes(size, 'p');
        auto made = masked_frame(bytes);
        const std::size_t head = size < 126 ? 2 : size < 65'536 ? 4 : 10;
        REQUIRE(made.size() == head + 4 + size);
        for (std::size_t i = 0; i < size; ++i)
            made[head + 4 + i] = static_cast<char>(made[head + 4 + i] ^ made[head + i % 4]);
        CHECK(made.substr(head + 4) == bytes);
    }
}

TEST_CASE("frames of a server are taken when they are whole, and its pings carry nothing") {
    std::string from("\x89\x02hi\x82\x03"
                     "ab",
                     8);
    std::string to;
    CHECK(take_frame(from, to));
    CHECK(to.empty());
    CHECK_FALSE(take_frame(from, to));
    from += 'c';
    CHECK(take_frame(from, to));
    CHECK(to == "abc");
    CHECK(from.empty());
}

TEST_CASE("a request in curl's form is what curl -d sends") {
    CHECK(gateway::request_text({.method = "POST", .target = "/topics/t", .body = "21.5"},
                                gateway::http_form::curl, "localhost:8080", "") ==
          "POST /topics/t HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\n"
          "Accept: */*\r\nContent-Length: 4\r\n"
          "Content-Type: application/x-www-form-urlencoded\r\n\r\n21.5");
}

TEST_CASE("a browser's request has the fields of a browser, and those of its user") {
    const auto text =
        gateway::request_text({.method = "POST", .target = "/topics/t", .body = "21.5"},
                              gateway::http_form::browser, "localhost:8080", "Basic YTpi");
    for (const auto* line :
         {"\r\nOrigin: http://localhost:8080\r\n", "\r\nSec-Fetch-Mode: cors\r\n",
          "\r\nContent-Length: 4\r\n", "\r\nAuthorization: Basic YTpi\r\n"})
        CHECK(text.find(line) != text.npos);
    CHECK(text.ends_with("\r\n\r\n21.5"));
}

TEST_CASE("the fields of an answer are found whatever their case") {
    const gateway::http_answer answer{200, "HTTP/1.1 200 OK\r\nMqtt-Cursor: k7-1\r\netag: \"x\"",
                                      ""};
    CHECK(answer.field("mqtt-cursor") == "k7-1");
    CHECK(answer.field("ETag") == "\"x\"");
    CHECK(answer.field("Age").empty());
}

} // namespace
