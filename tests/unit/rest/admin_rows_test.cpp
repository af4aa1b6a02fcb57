// Lists of administrators: what is asked for, pages of several shards as one, and rows.
#include "rest/admin_rows.hpp"
#include "rest/client_rows.hpp"
#include "rest/query_options.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

namespace {

struct row {
    std::string name;
    int from = 0;
};
using page = mqtt::census_page<row>;

page page_of(std::vector<row> rows, bool more, std::size_t total) {
    page made;
    made.rows = std::move(rows);
    made.more = more;
    made.total = total;
    return made;
}

std::string names_of(const page& whole) {
    std::string names;
    for (const auto& each : whole.rows)
        names += each.name;
    return names;
}

page merged(std::vector<page> parts, std::size_t limit) {
    return rest::merged(std::move(parts), limit, [](const row& each) { return each.name; });
}

rest::query options(std::string_view text) {
    return *rest::query::parse(text);
}

} // namespace

TEST_CASE("pages of several shards are one page in the order of its rows", "[admin]") {
    const auto whole =
        merged({page_of({{"a"}, {"d"}}, false, 2), page_of({{"b"}, {"c"}}, true, 7)}, 3);
    CHECK(names_of(whole) == "abc");
    CHECK(whole.more);
    CHECK(whole.total == 9);
    CHECK_FALSE(merged({page_of({{"b"}}, false, 1), page_of({{"a"}}, false, 1)}, 2).more);
    CHECK(merged({page_of({{"b"}}, true, 1), page_of({}, false, 0)}, 2).more);
    CHECK(merged({page_of({{"b"}}, false, 1), page_of({{"a"}}, false, 1)}, 1).more);
    CHECK(names_of(merged({}, 5)).empty());
}

TEST_CASE("a page has a limit, a cursor, and a count where one is asked for", "[admin]") {
    const auto usual = rest::read_page_query(options(""));
    REQUIRE(usual.has_value());
    CHECK(usual->limit == 100);
    CHECK(usual->after.empty());
    CHECK_FALSE(usual->count);
    const auto asked = rest::read_page_query(options("limit=5000&cursor=bGFtcA&count=1"));
    REQUIRE(asked.has_value());
    CHECK(asked->limit == 1000);
    CHECK(asked->after == "lamp");
    CHECK(asked->count);
    CHECK_FALSE(rest::read_page_query(options("limit=0")).has_value());
    CHECK_FALSE(rest::read_page_query(options("cursor=*")).has_value());
    CHECK_FALSE(rest::read_page_query(options("count=2")).has_value());
}

TEST_CASE("what is asked of clients is read, and a way that there is none of is refused",
          "[admin]") {
    const auto asked =
        rest::read_client_query(options("q=lamp&user=&transport=websocket&connected=0&ip=::1"));
    REQUIRE(asked.has_value());
    CHECK(asked->text == "lamp");
    CHECK(asked->username == "");
    CHECK(asked->way == mqtt::transport::websockets);
    CHECK(asked->connected == false);
    CHECK(asked->ip == "::1");
    CHECK_FALSE(rest::read_client_query(options("transport=pigeon")).has_value());
    CHECK_FALSE(rest::read_client_query(options("connected=perhaps")).has_value());
    const auto nothing = rest::read_client_query(options(""));
    REQUIRE(nothing.has_value());
    CHECK_FALSE(nothing->username);
    CHECK_FALSE(nothing->connected);
    CHECK_FALSE(nothing->way);
}

TEST_CASE("the options of administrators are no options of topics", "[admin]") {
    CHECK(rest::check_options(options("q=a&user=b&transport=c&connected=1&ip=d&fields=e&count=1"),
                              rest::purpose::admin)
              .has_value());
    CHECK_FALSE(rest::check_options(options("ip=d"), rest::purpose::value).has_value());
    CHECK_FALSE(rest::check_options(options("qos=1"), rest::purpose::admin).has_value());
}

TEST_CASE("what a client is not, its row says with null", "[admin]") {
    mqtt::client_row away;
    away.client_id = "a";
    away.session_expiry = mqtt::session_never_expires;
    const auto shown = rest::json_of(away);
    for (const auto* name : {"user", "transport", "address", "protocol", "keep_alive", "since",
                             "good_until", "session_expiry", "ends_in"})
        CHECK(shown.at(name).is_null());
    CHECK(shown.at("connected") == false);
    CHECK(shown.at("authenticated_by") == "nothing");
    mqtt::client_row here;
    here.client_id = "b";
    here.connected = true;
    here.way = mqtt::transport::websockets;
    here.protocol_version = 5;
    here.keep_alive = 30;
    here.by = mqtt::evidence::tls;
    CHECK(rest::json_of(here).at("transport") == "websocket");
    CHECK(rest::json_of(here).at("protocol") == "5.0");
    CHECK(rest::json_of(here).at("authenticated_by") == "certificate");
    here.way = mqtt::transport::http;
    CHECK(rest::json_of(here).at("protocol").is_null());
}
