// Who asks: tickets, logins, cookies, and who stands behind a proxy; the clock stands still.
#include "rest/cookie.hpp"
#include "rest/forwarded.hpp"
#include "rest/login_table.hpp"
#include "rest/networks.hpp"
#include "rest/rate_fields.hpp"
#include "rest/ticket_table.hpp"
#include "tests/support/catch2_any.hpp"

#include <chrono>

using namespace rest;
using namespace std::chrono_literals;

namespace {

constexpr mqtt::steady_time start{1h};
constexpr char here[] = "203.0.113.7:5000";

mqtt::identity alice() {
    mqtt::identity who;
    who.username = "alice";
    who.address = here;
    who.only = std::make_shared<const std::vector<std::string>>(1, "home/#");
    return who;
}

using outcome = ticket_table::outcome;

outcome use(ticket_table& table, std::string_view text, std::string_view target = "/s?ticket",
            mqtt::steady_time now = start, std::string_view address = here) {
    return table.use(text, address, target, now).what;
}

request with(std::initializer_list<std::pair<const char*, const char*>> fields) {
    request made;
    made.set_line(http_verb::get, "GET", "/", 11);
    for (const auto& [name, value] : fields)
        made.add_field(boost::beast::http::string_to_field(name), name, value);
    return made;
}

const std::vector<std::string> proxies{"127.0.0.1/8", "10.0.0.0/8", "2001:db8::/32"};

} // namespace

TEST_CASE("a ticket opens one stream, and that one again", "[ticket]") {
    ticket_table table;
    const auto text = table.make(alice(), 30s, start).value();
    CHECK(text.size() >= 32);
    const auto first = table.use(text, here, "/s?a", start + 29s);
    REQUIRE(first.what == outcome::good);
    CHECK(first.use->of->who.username == "alice");
    CHECK(first.use->goes_on(start + 30s));
    CHECK(use(table, text, "/s?b", start + 31s) == outcome::other_stream);
    const auto again = table.use(text, "203.0.113.7:6000", "/s?a", start + 5min);
    REQUIRE(again.what == outcome::good);
    CHECK_FALSE(first.use->goes_on(start + 5min)); // only one of them at a time
    CHECK(again.use->goes_on(start + 5min));
}

TEST_CASE("a ticket is good for its time, its address and no other text", "[ticket]") {
    ticket_table table;
    const auto text = table.make(alice(), 30s, start).value();
    CHECK(use(table, "") == outcome::unknown);
    CHECK(use(table, text + "x") == outcome::unknown);
    CHECK(use(table, std::string(1000, 'x')) == outcome::unknown);
    CHECK(use(table, text, "/s", start, "203.0.113.8:5000") == outcome::elsewhere);
    CHECK(use(table, text, "/s", start + 30s) == outcome::expired);
    CHECK(use(table, text, "/s", start + 2min) == outcome::expired);
    CHECK(use(table, text, "/s", start + 2min) == outcome::unknown); // forgotten
}

TEST_CASE("a stream that has been gone for long can't be resumed by its ticket", "[ticket]") {
    ticket_table table;
    const auto text = table.make(alice(), 30s, start).value();
    auto one = table.use(text, here, "/s", start);
    CHECK(one.use->goes_on(start + 20h)); // it is still there
    CHECK(use(table, text, "/s", start + 20h + 9min) == outcome::good);
    CHECK(use(table, text, "/s", start + 20h + 19min) == outcome::expired);
}

TEST_CASE("tickets are bounded, for one caller and for all", "[ticket]") {
    ticket_table table;
    for (std::size_t i = 0; i < ticket_table::tickets_per_caller_max; ++i)
        REQUIRE(table.make(alice(), 30s, start));
    CHECK_FALSE(table.make(alice(), 30s, start));
    auto bob = alice();
    bob.username = "bob";
    CHECK(table.make(bob, 30s, start));
    CHECK(table.make(alice(), 30s, start + 10min)); // the old ones are over
    CHECK(table.size() == 1);
}

TEST_CASE("a login lasts while it is used, for a week at most", "[login]") {
    login_table table;
    const auto value = table.add(alice(), start).value();
    CHECK(table.find(value, start + 11h)->username == "alice");
    CHECK(table.find(value, start + 22h).has_value());
    CHECK_FALSE(table.find(value, start + 22h + 12h).has_value());
    const auto busy = table.add(alice(), start).value();
    for (auto time = 0h; time < login_table::life_max; time += 6h)
        CHECK(table.find(busy, start + time).has_value());
    CHECK_FALSE(table.find(busy, start + login_table::life_max).has_value());
    CHECK(table.size() == 0);
}

TEST_CASE("a login ends with logging out, and says nothing to others", "[login]") {
    login_table table;
    const auto value = table.add(alice(), start).value();
    CHECK_FALSE(table.find("", start));
    CHECK_FALSE(table.find(value.substr(1), start));
    table.erase("something else");
    CHECK(table.find(value, start));
    table.erase(value);
    CHECK_FALSE(table.find(value, start));
}

TEST_CASE("a user's logins are bounded: the one least used makes room", "[login]") {
    login_table table;
    const auto first = table.add(alice(), start).value();
    const auto second = table.add(alice(), start + 1s).value();
    for (std::size_t i = 2; i < login_table::logins_per_user_max; ++i)
        REQUIRE(table.add(alice(), start + 2s));
    REQUIRE(table.find(first, start + 3s));
    REQUIRE(table.add(alice(), start + 4s));
    CHECK(table.size() == login_table::logins_per_user_max);
    CHECK(table.find(first, start + 4s));
    CHECK_FALSE(table.find(second, start + 4s));
}

TEST_CASE("a cookie is found among others, by its whole name", "[login]") {
    CHECK(cookie_value("a=1; sluice=xyz; b=2", "sluice") == "xyz");
    CHECK(cookie_value("sluice=xyz", "sluice") == "xyz");
    CHECK(cookie_value("__Host-sluice=1", "sluice").empty());
    CHECK(cookie_value("xsluice=1; sluice", "sluice").empty());
    CHECK(cookie_value(";;=;", "sluice").empty());
    CHECK(login_cookie("v", false, 60s) ==
          "sluice=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=60");
    CHECK(login_cookie("v", true, 0s) ==
          "__Host-sluice=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure");
}

TEST_CASE("an address is read with and without what stands around it", "[forwarded]") {
    CHECK(node_address("192.0.2.1") == "192.0.2.1:0");
    CHECK(node_address("192.0.2.1:4711") == "192.0.2.1:0");
    CHECK(node_address("\"[2001:db8::1]:4711\"") == "[2001:db8::1]:0");
    CHECK(node_address("2001:DB8::1") == "[2001:db8::1]:0");
    CHECK(node_address("[::ffff:192.0.2.1]") == "192.0.2.1:0");
    for (const char* none : {"", "unknown", "_hidden", "192.0.2", "[2001:db8::1", "fe80::1%eth0",
                             "192.0.2.1, 192.0.2.2", "\"", "[]"}) {
        INFO(none);
        CHECK_FALSE(node_address(none));
    }
}

TEST_CASE("a network is an address, or a part of one", "[forwarded]") {
    for (const char* good :
         {"127.0.0.1", "127.0.0.1/8", "::1", "2001:db8::/32", "0.0.0.0/0", "unix"})
        CHECK(is_network(good));
    for (const char* bad : {"", "x", "127.0.0.1/", "127.0.0.1/33", "::1/129", "1.2.3.4/-1", "/8"})
        CHECK_FALSE(is_network(bad));
    CHECK(is_in_networks("127.9.9.9:80", proxies));
    CHECK(is_in_networks("[2001:db8:ffff::1]:80", proxies));
    CHECK_FALSE(is_in_networks("128.0.0.1:80", proxies));
    CHECK_FALSE(is_in_networks("[2001:db9::]:80", proxies));
    CHECK_FALSE(is_in_networks("unix", proxies));
    CHECK(is_in_networks("unix", std::vector<std::string>{"unix"}));
    CHECK_FALSE(is_in_networks("127.0.0.1:80", {}));
    CHECK_FALSE(is_in_networks("[::]:80", std::vector<std::string>{"0.0.0.0/0"}));
}

TEST_CASE("who stands behind a trusted proxy is believed, up to the first stranger",
          "[forwarded]") {
    const auto caller = [](const request& asked, std::string_view peer = "127.0.0.1:9") {
        return forwarded_caller(asked, peer, proxies);
    };
    CHECK(caller(with({{"X-Forwarded-For", "203.0.113.9"}})) == "203.0.113.9:0");
    CHECK(caller(with({{"X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.1.1.1"}})) == "203.0.113.9:0");
    CHECK(caller(with({{"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-For", "203.0.113.9"}})) ==
          "203.0.113.9:0");
    CHECK(caller(with({{"Forwarded", "for=6.6.6.6;proto=http, For=\"[2001:db9::1]:77\""}})) ==
          "[2001:db9::1]:0");
    CHECK_FALSE(caller(with({{"X-Forwarded-For", "203.0.113.9"}}), "198.51.100.1:9"));
    CHECK_FALSE(caller(with({})));
    CHECK_FALSE(caller(with({{"X-Forwarded-For", "unknown"}})));
    CHECK(caller(with({{"X-Forwarded-For", "unknown, 10.1.1.1"}})) == "10.1.1.1:0");
}

TEST_CASE("two fields that name different callers name nobody", "[forwarded]") {
    const auto told = [](const char* standard, const char* usual) {
        return forwarded_caller(with({{"Forwarded", standard}, {"X-Forwarded-For", usual}}),
                                "127.0.0.1:9", proxies);
    };
    CHECK(told("for=203.0.113.9", "203.0.113.9") == "203.0.113.9:0");
    CHECK_FALSE(told("for=6.6.6.6", "203.0.113.9"));
    CHECK_FALSE(told("nonsense", "203.0.113.9"));
}

TEST_CASE("an answer tells how the bucket stands", "[rate]") {
    mqtt::rate_bucket bucket;
    const mqtt::token_rate rate{20ms, 200};
    const auto standing = bucket.take(rate, start);
    CHECK(rate_fields(standing) == "RateLimit-Policy: \"publish\";q=200;w=4\r\n"
                                   "RateLimit: \"publish\";r=199;t=1\r\n");
    CHECK(seconds_text(0s) == "1");
    CHECK(seconds_text(1001ms) == "2");
}
