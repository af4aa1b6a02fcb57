// $SYS: what mosquitto's users look at, under mosquitto's names.
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <map>

using namespace mqtt;
using namespace script;

namespace {

std::string text_at(stage& here, std::string_view topic) {
    const auto found = here.common->retained.find("$SYS/broker/" + std::string(topic));
    return found ? std::string(found->payload()) : "-";
}

constexpr std::chrono::seconds interval{10};

} // namespace

TEST_CASE("the broker tells what it counts below $SYS, at each interval", "[system]") {
    stage here;
    here.pass(std::chrono::seconds(1));
    CHECK(text_at(here, "version").starts_with("sluice version "));
    CHECK(text_at(here, "uptime") == "-");
    peer one(here), away(here);
    connect_options lasting;
    lasting.clean_start = false;
    away.connect("away", lasting);
    away.subscribe("a/#", qos::at_least_once);
    away.drop();
    one.connect("one");
    one.subscribe("$share/g/a/+", qos::at_most_once);
    one.publish("a/b", "12345", qos::at_least_once, 1, true);
    here.pass(interval);
    CHECK(text_at(here, "uptime") == "10 seconds");
    const std::map<std::string, std::string> wanted{
        {"clients/connected", "1"},
        {"clients/active", "1"},
        {"clients/total", "2"},
        {"clients/disconnected", "1"},
        {"clients/inactive", "1"},
        {"clients/maximum", "1"},
        {"clients/expired", "0"},
        {"messages/received", "5"},
        {"messages/sent", "6"},
        {"publish/messages/received", "1"},
        {"publish/messages/sent", "1"},
        {"publish/bytes/received", "5"},
        {"publish/bytes/sent", "5"},
        {"publish/messages/dropped", "0"},
        {"subscriptions/count", "2"},
        {"shared_subscriptions/count", "1"},
        {"load/publish/received/1min", ""},
        {"load/connections/15min", ""},
    };
    for (const auto& [topic, text] : wanted) {
        INFO(topic);
        CHECK((text.empty() ? text_at(here, topic) != "-" : text_at(here, topic) == text));
    }
    // One message to publish here, one that waits for the client that is away, and the retained
    // ones.
    CHECK(std::stoi(text_at(here, "retained messages/count")) > 30);
    CHECK(std::stoi(text_at(here, "store/messages/count")) ==
          std::stoi(text_at(here, "retained messages/count")) + 1);
}

TEST_CASE("load is a moving average per minute", "[system]") {
    stage here;
    here.pass(std::chrono::seconds(1));
    peer one(here);
    one.connect("one");
    for (int i = 0; i < 100; ++i)
        one.publish("a", "x");
    here.pass(interval);
    // 100 messages in 10 s are 600 a minute; after one interval the average has 1 - e^(-10/60) of
    // it.
    CHECK(text_at(here, "load/publish/received/1min") == "92.11");
    CHECK(text_at(here, "load/publish/received/5min") == "19.67");
    CHECK(text_at(here, "load/publish/received/15min") == "6.63");
    here.pass(interval);
    CHECK(text_at(here, "load/publish/received/1min") == "77.97"); // times e^(-10/60)
}

TEST_CASE("a value that stays is not published again, one that changes is", "[system]") {
    stage here;
    peer one(here);
    one.connect("one");
    one.subscribe("$SYS/broker/clients/+", qos::exactly_once);
    here.pass(std::chrono::seconds(1) + interval);
    const auto first = one.received();
    CHECK(first.size() > 6);
    for (std::uint16_t id = 1; id < 10; ++id) {
        one.acknowledge(packet_type::pubrec, id);
        one.acknowledge(packet_type::pubcomp, id);
    }
    one.received();
    here.pass(interval);
    CHECK(one.received().empty());
    peer two(here);
    two.connect("two");
    here.pass(interval);
    CHECK(one.received().size() == 4); // connected, active, total, maximum
}

TEST_CASE("a publish that is not allowed is dropped; 3.1 and 3.1.1 can only be told yes",
          "[system][MQTT3-3.3.5-2][MQTT31-publish-3][MQTT-4.3.3-9]") {
    stage here;
    peer ear(here);
    ear.connect("ear");
    ear.subscribe("$SYS/x", qos::at_most_once);
    ear.subscribe("ok", qos::at_most_once, 2);
    ear.received();
    const auto level = GENERATE(version::v3_1, version::v3_1_1);
    peer old(here), modern(here);
    connect_options options;
    options.version = level;
    old.connect("old", options);
    old.received();
    old.publish("$SYS/x", "no", qos::at_least_once, 1);
    old.publish("$SYS/x", "no", qos::exactly_once, 2);
    old.acknowledge(packet_type::pubrel, 2);
    CHECK(old.received() == lines{"PUBACK m1", "PUBREC m2", "PUBCOMP m2"});
    options.version = version::v5;
    modern.connect("modern", options);
    modern.received();
    modern.publish("$SYS/x", "no", qos::exactly_once, 1);
    CHECK(modern.received() == lines{"PUBREC m1 Not authorized"});
    CHECK(ear.received().empty());
    modern.publish("ok", "yes", qos::exactly_once, 1); // the identifier is free again
    CHECK(modern.received() == lines{"PUBREC m1"});
    CHECK(ear.received() == lines{"PUBLISH d0 q0 r0 m0 ok 'yes'"});
}

TEST_CASE("nobody but the broker publishes to $ topics, and an interval of 0 is silence",
          "[system][MQTT-4.7.2-1]") {
    limits bounds;
    bounds.sys_interval = std::chrono::seconds(0);
    stage here(bounds);
    peer one(here), all(here);
    connect_options options;
    options.version = version::v5;
    all.connect("all", options);
    all.subscribe("#", qos::at_most_once);
    all.received();
    one.connect("one", options);
    one.subscribe("$SYS/#", qos::at_most_once);
    one.received();
    for (const auto* topic : {"$SYS/broker/uptime", "$other", "$share/g/t", "$"}) {
        one.publish(topic, "mine", qos::at_least_once, 1, true);
        CHECK(one.received() == lines{"PUBACK m1 Not authorized"});
        CHECK(here.common->retained.find(topic) == nullptr);
    }
    here.pass(std::chrono::seconds(30));
    CHECK(one.received().empty());
    CHECK(all.received().empty());
    CHECK(here.common->retained.size() == 0);
}
