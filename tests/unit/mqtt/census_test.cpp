// What administrators see of a shard, page by page, and what they do to its clients.
#include "mqtt/broker/census.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <string>
#include <vector>

using namespace mqtt;
using namespace script;

namespace {

std::vector<std::string> names_of(const census_page<client_row>& page) {
    std::vector<std::string> names;
    for (const auto& row : page.rows)
        names.push_back(row.client_id);
    return names;
}

page_query page_of(std::size_t limit, std::string after = {}, bool count = false) {
    page_query page;
    page.limit = limit;
    page.after = std::move(after);
    page.count = count;
    return page;
}

} // namespace

TEST_CASE("clients come in the order of their names, a page at a time", "[census]") {
    stage here;
    peer c(here), a(here), b(here);
    c.connect("c");
    a.connect("a");
    b.connect("b");
    here.begin();
    const auto first = clients_of(*here.hub, {}, page_of(2));
    CHECK(names_of(first) == lines{"a", "b"});
    CHECK(first.more);
    const auto second = clients_of(*here.hub, {}, page_of(2, "b", true));
    CHECK(names_of(second) == lines{"c"});
    CHECK_FALSE(second.more);
    CHECK(second.total == 3);
    CHECK(names_of(clients_of(*here.hub, {}, page_of(3))) == lines{"a", "b", "c"});
    CHECK_FALSE(clients_of(*here.hub, {}, page_of(3)).more);
}

TEST_CASE("a session whose client is away is a row like others, and says so", "[census]") {
    stage here;
    peer one(here);
    one.connect("one", {.clean_start = false, .keep_alive = 60});
    one.subscribe("a/#", qos::at_least_once);
    here.begin();
    auto row = find_client(*here.hub, "one");
    REQUIRE(row);
    CHECK(row->connected);
    CHECK(row->way == transport::mqtt);
    CHECK(row->protocol_version == 4);
    CHECK(row->keep_alive == 60);
    CHECK(row->subscriptions == 1);
    CHECK(row->since == here.wall);
    one.disconnect();
    peer other(here);
    other.connect("other");
    other.publish("a/b", "1", qos::at_least_once, 1);
    here.begin();
    row = find_client(*here.hub, "one");
    REQUIRE(row);
    CHECK_FALSE(row->connected);
    CHECK_FALSE(row->way);
    CHECK(row->waiting == 1);
    client_query asked;
    asked.connected = false;
    CHECK(names_of(clients_of(*here.hub, asked, page_of(9))) == lines{"one"});
    asked.connected = true;
    CHECK(names_of(clients_of(*here.hub, asked, page_of(9))) == lines{"other"});
    CHECK_FALSE(find_client(*here.hub, "nobody"));
}

TEST_CASE("clients are found by a part of their name, their user, their way and their address",
          "[census]") {
    client_row row;
    row.client_id = "Lamp-7";
    row.username = "alice";
    row.address = "[2001:db8::1]:5000";
    row.way = transport::websockets;
    client_query asked;
    CHECK(is_meant(asked, row));
    asked.text = "lamp";
    CHECK(is_meant(asked, row));
    asked.text = "LIC";
    CHECK(is_meant(asked, row));
    asked.text = "bob";
    CHECK_FALSE(is_meant(asked, row));
    asked = {};
    asked.username = "";
    CHECK_FALSE(is_meant(asked, row));
    asked.username = "alice";
    asked.way = transport::mqtt;
    CHECK_FALSE(is_meant(asked, row));
    asked.way = transport::websockets;
    asked.ip = "2001:db8::1";
    CHECK(is_meant(asked, row));
    asked.ip = "2001:db8::";
    CHECK_FALSE(is_meant(asked, row));
    CHECK(ip_of("203.0.113.7:51234") == "203.0.113.7");
    CHECK(ip_of("") == "");
    CHECK(ip_of("[") == "");
}

TEST_CASE("subscriptions come by client and filter, and pages may end within a client",
          "[census]") {
    stage here;
    peer a(here), b(here);
    a.connect("a");
    b.connect("b");
    a.subscribe("y", qos::at_most_once);
    a.subscribe("x", qos::exactly_once, 2);
    b.subscribe("$share/g/z", qos::at_least_once);
    here.begin();
    const auto first = subscriptions_of(*here.hub, {}, page_of(1, {}, true));
    REQUIRE(first.rows.size() == 1);
    CHECK(first.rows[0].filter == "x");
    CHECK(first.rows[0].qos == qos::exactly_once);
    CHECK(first.more);
    CHECK(first.total == 3);
    const auto rest = subscriptions_of(*here.hub, {}, page_of(5, first.rows[0].key()));
    REQUIRE(rest.rows.size() == 2);
    CHECK(rest.rows[0].filter == "y");
    CHECK(rest.rows[1].filter == "$share/g/z");
    CHECK_FALSE(rest.more);
    CHECK(subscriptions_of(*here.hub, "b", page_of(5)).rows.size() == 1);
    const auto groups = groups_of(*here.hub, page_of(5));
    REQUIRE(groups.rows.size() == 1);
    CHECK(groups.rows[0].key() == "g/z");
    CHECK(groups.rows[0].member_count == 1);
    CHECK(groups.rows[0].members[0].client_id == "b");
    CHECK(groups_of(*here.hub, page_of(5, "g/z")).rows.empty());
}

TEST_CASE("who would get a message is told, with the group of a shared subscription", "[census]") {
    stage here;
    peer a(here), b(here);
    a.connect("a");
    b.connect("b");
    a.subscribe("t/#", qos::at_least_once);
    b.subscribe("$share/g/t/+", qos::exactly_once);
    here.begin();
    const auto found = receivers_of(*here.hub, "t/1", 10);
    REQUIRE(found.rows.size() == 2);
    CHECK(found.rows[0].client_id == "a");
    CHECK(found.rows[0].may_receive);
    CHECK(found.rows[0].group == "");
    CHECK(found.rows[1].client_id == "b");
    CHECK(found.rows[1].group == "g/t/+");
    CHECK(receivers_of(*here.hub, "u", 10).rows.empty());
    const auto cut = receivers_of(*here.hub, "t/1", 1);
    CHECK(cut.rows.size() == 1);
    CHECK(cut.more);
    CHECK(cut.total == 2);
}

TEST_CASE("a client that is sent away hears 0x98, and keeps its session", "[census]") {
    stage here;
    peer one(here);
    connect_options options;
    options.version = version::v5;
    options.clean_start = false;
    options.props.add(property_id::session_expiry_interval, 100U);
    one.connect("one", options);
    one.received();
    here.begin();
    CHECK(send_away(*here.hub, "one", reason::administrative_action));
    here.hub->end_turn();
    const auto heard = one.received();
    REQUIRE_FALSE(heard.empty());
    CHECK(heard.front().find("DISCONNECT") != std::string::npos);
    CHECK(heard.back() == "closed");
    here.begin();
    CHECK_FALSE(send_away(*here.hub, "one", reason::administrative_action));
    const auto row = find_client(*here.hub, "one");
    REQUIRE(row);
    CHECK(row->ends_in == 100U);
}

TEST_CASE("a client that an administrator subscribes gets the retained values, and the messages",
          "[census]") {
    stage here;
    peer one(here), other(here);
    other.connect("other");
    other.publish("a/b", "kept", qos::at_most_once, 0, true);
    one.connect("one");
    one.received();
    std::optional<reason> said;
    here.begin();
    subscribe_for(*here.hub, "one", "a/#", qos::at_least_once,
                  [&](std::optional<reason> answer) { said = answer; });
    here.hub->end_turn();
    CHECK(said == reason::granted_qos_1);
    const auto snapshot = one.received();
    REQUIRE(snapshot.size() == 1);
    CHECK(snapshot[0].find("kept") != std::string::npos);
    other.publish("a/c", "live");
    CHECK(one.received().size() == 1);
    said = reason::success;
    here.begin();
    subscribe_for(*here.hub, "nobody", "a", qos::at_most_once,
                  [&](std::optional<reason> answer) { said = answer; });
    CHECK_FALSE(said);
}

TEST_CASE("retained values are counted and cleared, whoever may read them", "[census]") {
    stage here;
    peer one(here);
    one.connect("one");
    for (const auto* topic : {"r/1", "r/2", "r/3"})
        one.publish(topic, "x", qos::at_most_once, 0, true);
    here.begin();
    const auto page = retained_values(*here.hub, "r/#", page_of(2, {}, true));
    CHECK(page.rows.size() == 2);
    CHECK(page.more);
    CHECK(page.total == 3);
    CHECK(retained_values(*here.hub, "r/#", page_of(2, "r/2")).rows.size() == 1);
    clear_retained(*here.hub, "r/1");
    CHECK(retained_values(*here.hub, "r/#", page_of(0, {}, true)).total == 2);
}
