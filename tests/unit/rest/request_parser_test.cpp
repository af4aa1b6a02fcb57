// What arrives on the wire and what is made of it: nothing may have two meanings.
#include "tests/support/catch2_any.hpp"
#include "tests/unit/rest/request_text.hpp"

namespace {

using boost::beast::http::error;
using rest_test::parse;
using rest_test::parsed;

boost::beast::error_code failure_of(std::string_view text) {
    parsed made;
    parse(made, text);
    return made.failure;
}

} // namespace

TEST_CASE("a request is the same however it is cut on its way", "[request]") {
    const std::string_view text =
        "POST /topics/a?qos=1 HTTP/1.1\r\nHost: localhost\r\nPrefer: a\r\n"
        "prefer: b=\"x, y\"\r\nContent-Length: 5\r\n\r\nhello";
    for (std::size_t step = 0; step <= text.size(); ++step) {
        parsed made;
        parse(made, text, step);
        REQUIRE(made.complete);
        CHECK(made.taken == text.size());
        CHECK(made.asked.method() == rest::http_verb::post);
        CHECK(made.asked.target() == "/topics/a?qos=1");
        CHECK(made.asked.field(rest::http_field::host) == "localhost");
        CHECK(made.asked.field("pReFeR") == "a");
        CHECK(made.asked.list(rest::http_field::prefer) == "a, b=\"x, y\"");
        CHECK(made.asked.body == "hello");
    }
}

TEST_CASE("chunks are put together and trailers are not taken for header fields", "[request]") {
    const std::string_view text =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2;note=x\r\nhe\r\n3\r\nllo\r\n0\r\nAuthorization: Basic eA==\r\n\r\n";
    for (std::size_t step = 0; step < 40; ++step) {
        parsed made;
        parse(made, text, step);
        REQUIRE(made.complete);
        CHECK(made.asked.body == "hello");
        CHECK_FALSE(made.asked.has_field(rest::http_field::authorization));
    }
}

TEST_CASE("a length that could be read in two ways is refused", "[request]") {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
    CHECK(failure_of(head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"));
    CHECK(failure_of(head + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"));
    CHECK(failure_of(head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"));
    CHECK(failure_of(head + "Content-Length: -1\r\n\r\n"));
    CHECK(failure_of(head + "Content-Length: 0x1\r\n\r\n"));
    CHECK(failure_of(head + "Content-Length : 1\r\n\r\n"));
    for (const std::string coding :
         {"gzip", "gzip, chunked", "chunked, gzip", "xchunked", "chunked, chunked"})
        CHECK(failure_of(head + "Transfer-Encoding: " + coding + "\r\n\r\n") ==
              error::bad_transfer_encoding);
    CHECK(failure_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") ==
          error::bad_transfer_encoding);
}

TEST_CASE("header and body are bounded", "[request]") {
    const std::string line = "GET / HTTP/1.1\r\nHost: a\r\n";
    std::string many = line;
    for (std::size_t i = 0; i < rest::header_lines_max; ++i)
        many += "X: y\r\n";
    CHECK(failure_of(many + "\r\n") == error::header_limit);
    CHECK(failure_of(line + "X: " + std::string(rest::header_bytes_max, 'y') + "\r\n\r\n") ==
          error::header_limit);
    CHECK(failure_of("GET /" + std::string(rest::header_bytes_max, 'y') + " HTTP/1.1\r\n\r\n") ==
          error::header_limit);
    CHECK(failure_of("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n") ==
          error::body_limit);
    CHECK(failure_of("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n") ==
          error::body_limit);
}

TEST_CASE("what is not HTTP/1 is told from what is badly written", "[request]") {
    CHECK(failure_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == error::bad_version);
    CHECK(failure_of("GET / HTTP/1.2\r\n\r\n") == error::bad_version);
    CHECK(failure_of("GET / HTTP/1.1\nHost: a\n\n"));
    CHECK(failure_of(std::string_view("\x10\x0c\x00\x04MQTT", 8)));
    CHECK(failure_of(std::string_view("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 28)));
}

TEST_CASE("elements of a list are cut at commas outside of quotes", "[request]") {
    std::string_view list = ", a ,\"b, \\\"c\" ;q=1,, W/\"d\"";
    std::string_view element;
    std::string seen;
    while (rest::next_element(list, element))
        seen.append("<").append(element).append(">");
    CHECK(seen == "<a><\"b, \\\"c\" ;q=1><W/\"d\">");
}
