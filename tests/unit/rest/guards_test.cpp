// What protects callers from foreign pages: Host, Origin, and header values that can't break out of
// their line.
#include "rest/cors.hpp"
#include "rest/percent.hpp"
#include "tests/support/catch2_any.hpp"

#include <string>

using namespace rest;

TEST_CASE("addresses and localhost are served, other names only when listed", "[guards]") {
    settings rules;
    for (const char* host : {"localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:8080",
                             "192.168.1.7", "[::1]", "[::1]:8080"})
        CHECK(is_served_host(host, rules));
    for (const char* host :
         {"evil.example", "localhost.evil.example", "broker.local:8080", "127.0.0.1.evil.example"})
        CHECK_FALSE(is_served_host(host, rules));
    rules.hosts = {"broker.local"};
    CHECK(is_served_host("broker.local:8080", rules));
    CHECK(is_served_host("BROKER.local", rules));
    CHECK_FALSE(is_served_host("x.broker.local", rules));
}

TEST_CASE("a foreign page may not change anything, also where everybody is let in", "[guards]") {
    settings rules;
    const auto judge = [&](std::string_view origin) {
        return judge_origin(origin, "localhost:8080", rules);
    };
    CHECK(judge("") == origin_kind::none);
    CHECK(judge("http://localhost:8080") == origin_kind::own);
    for (const char* origin : {"http://evil.example", "http://localhost:8081", "null",
                               "http://localhost:8080.evil.example"}) {
        INFO(origin);
        CHECK(judge(origin) == origin_kind::foreign);
        CHECK_FALSE(may_act(judge(origin), false));
    }
    CHECK(may_act(origin_kind::none, true));
    CHECK(may_act(origin_kind::own, true));
    rules.cors_origins = {"https://dash.example"};
    CHECK(judge("https://dash.example") == origin_kind::listed);
    CHECK(may_act(origin_kind::listed, true));
    rules.cors_origins = {"*"};
    CHECK(judge("http://anything.example") == origin_kind::any);
    CHECK(may_act(origin_kind::any, false));
    CHECK_FALSE(may_act(origin_kind::any, true)); // never with credentials
}

TEST_CASE("no byte of a payload or topic can end a header line", "[guards]") {
    std::string every;
    for (int byte = 0; byte < 256; ++byte)
        every.push_back(static_cast<char>(byte));
    const auto text = header_text(every);
    for (const char each : text)
        CHECK((each >= 0x20 && each < 0x7F));
    std::string back;
    REQUIRE(percent_decode(text, back));
    CHECK(back == every);
}

TEST_CASE("an escape that is cut or not hex is refused", "[guards]") {
    std::string out;
    for (const char* text : {"%", "%4", "%zz", "a%4gb", "%%41"}) {
        out.clear();
        INFO(text);
        CHECK_FALSE(percent_decode(text, out));
    }
}
