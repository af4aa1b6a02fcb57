// Shared subscriptions, MQTT 5 section 4.8.2: each message to one member, and on to another one
// when that leaves.
#include "mqtt/types/topic.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <algorithm>

using namespace mqtt;
using namespace script;

namespace {

constexpr auto at_least_once = qos::at_least_once;
constexpr auto exactly_once = qos::exactly_once;

connect_options lasting(version level = version::v5) {
    connect_options options;
    options.version = level;
    options.clean_start = false;
    if (level == version::v5)
        options.props.add(property_id::session_expiry_interval, 600);
    return options;
}

struct worker {
    worker(stage& where, std::string_view id, connect_options options = lasting(),
           qos level = at_least_once)
        : at(where) {
        at.connect(id, options);
        at.subscribe("$share/crew/job/#", level);
        at.received();
    }
    peer at;
};

lines payloads(const lines& received) {
    lines found;
    for (const auto& line : received)
        if (line.starts_with("PUBLISH"))
            found.push_back(line.substr(line.find('\'')));
    return found;
}

} // namespace

TEST_CASE("a shared subscription's messages go to its members in turn",
          "[shared][MQTT-4.8.2-3][v5]") {
    stage here;
    const auto level = GENERATE(version::v5, version::v3_1_1);
    worker one(here, "one", lasting(level)), two(here, "two", lasting(level)), three(here, "three");
    peer sender(here), alone(here);
    sender.connect("sender");
    alone.connect("alone");
    alone.subscribe("job/#", qos::at_most_once);
    alone.received();
    for (int i = 0; i < 9; ++i)
        sender.publish("job/a", std::to_string(i));
    for (auto* each : {&one, &two, &three})
        CHECK(payloads(each->at.received()).size() == 3);
    CHECK(payloads(alone.received()).size() == 9); // a subscription of its own gets everything
}

TEST_CASE("groups with different names each get every message", "[shared][v5]") {
    stage here;
    worker one(here, "one");
    one.at.subscribe("$share/others/job/+", at_least_once, 2);
    one.at.received();
    peer sender(here);
    sender.connect("sender");
    sender.publish("job/a", "x");
    CHECK(payloads(one.at.received()) == lines{"'x'", "'x'"});
}

TEST_CASE("a malformed shared filter is refused, and No Local on one is a protocol error",
          "[shared][MQTT-4.8.2-1][MQTT-4.8.2-2][MQTT-3.8.3-4][v5]") {
    stage here;
    peer one(here);
    connect_options options;
    options.version = version::v5;
    one.connect("one", options);
    one.received();
    for (const auto* filter : {"$share/g", "$share//t", "$share/g/", "$share/+/t", "$share/a#/t"}) {
        one.subscribe(filter, at_least_once);
        CHECK(one.received() == lines{"SUBACK m1, Topic Filter invalid"});
    }
    mqtt::subscribe packet;
    packet.packet_id = 5;
    packet.requests.push_back({"$share/g/t", at_least_once, true});
    one.send(packet);
    CHECK(one.received() == lines{"DISCONNECT Protocol Error", "closed"});
}

TEST_CASE("a shared subscription gets no retained messages", "[shared][v5]") {
    stage here;
    peer sender(here);
    sender.connect("sender");
    sender.publish("job/a", "old", qos::at_most_once, 0, true);
    worker one(here, "one");
    one.at.subscribe("$share/crew/job/#", at_least_once, 2);
    CHECK(one.at.received() == lines{"SUBACK m2, Granted QoS 1"});
}

TEST_CASE("what a member that leaves has not acknowledged goes to another one", "[shared][v5]") {
    stage here;
    worker one(here, "one");
    peer sender(here);
    sender.connect("sender");
    for (int i = 0; i < 30; ++i) // 20 fill the window, 10 wait
        sender.publish("job/a", std::to_string(i), at_least_once, 1);
    CHECK(one.at.received().size() == 20);
    one.at.acknowledge(packet_type::puback, 1);
    one.at.received();
    worker two(here, "two");
    SECTION("when its connection breaks") {
        one.at.drop();
    }
    SECTION("when it takes back its word") {
        one.at.disconnect();
    }
    std::size_t seen = 0;
    lines all;
    for (lines got = two.at.received(); !got.empty(); got = two.at.received())
        for (const auto& line : got) {
            all.push_back(line.substr(line.find('\'')));
            two.at.acknowledge(packet_type::puback, static_cast<std::uint16_t>(++seen));
        }
    CHECK(all.size() == 29);
    CHECK(std::find(all.begin(), all.end(), "'0'") == all.end());
    CHECK(all.front() == "'1'"); // in their order
    CHECK(all.back() == "'29'");
}

TEST_CASE("a QoS 2 message that was sent stays with its member, also when that is away",
          "[shared][MQTT-4.8.2-4][MQTT-4.8.2-5][v5]") {
    stage here;
    worker one(here, "one", lasting(), exactly_once);
    peer sender(here);
    sender.connect("sender");
    sender.publish("job/a", "x", exactly_once, 1);
    CHECK(payloads(one.at.received()) == lines{"'x'"});
    worker two(here, "two", lasting(), exactly_once);
    one.at.drop();
    CHECK(two.at.received().empty());
    SECTION("until it comes back") {
        peer again(here);
        again.connect("one", lasting());
        CHECK(payloads(again.received()) == lines{"'x'"});
    }
    SECTION("and ends with its session") {
        here.pass(std::chrono::seconds(601));
        CHECK(two.at.received().empty());
    }
}

TEST_CASE("while nobody is there a message waits for one member, and nobody else gets it twice",
          "[shared][v5]") {
    stage here;
    worker one(here, "one"), two(here, "two");
    one.at.drop();
    two.at.drop();
    peer sender(here);
    sender.connect("sender");
    for (int i = 0; i < 4; ++i)
        sender.publish("job/a", std::to_string(i), at_least_once, 1);
    peer first(here), second(here);
    first.connect("one", lasting());
    second.connect("two", lasting());
    auto got = payloads(first.received());
    const auto rest = payloads(second.received());
    CHECK(got.size() == 2);
    got.insert(got.end(), rest.begin(), rest.end());
    std::sort(got.begin(), got.end());
    CHECK(got == lines{"'0'", "'1'", "'2'", "'3'"});
}

TEST_CASE("a member that is away is passed over, and gets its share again when it is back",
          "[shared][v5]") {
    stage here;
    worker one(here, "one"), two(here, "two");
    one.at.drop();
    peer sender(here);
    sender.connect("sender");
    for (int i = 0; i < 4; ++i)
        sender.publish("job/a", std::to_string(i), at_least_once, 1);
    CHECK(payloads(two.at.received()).size() == 4);
    peer back(here);
    back.connect("one", lasting());
    for (int i = 0; i < 4; ++i)
        sender.publish("job/a", std::to_string(i), at_least_once, 1);
    CHECK(payloads(back.received()).size() == 2);
    CHECK(payloads(two.at.received()).size() == 2);
}

TEST_CASE("a member whose window is full is passed over", "[shared][v5]") {
    stage here;
    auto narrow = lasting();
    narrow.props.add(property_id::receive_maximum, 1);
    worker one(here, "one", narrow), two(here, "two");
    peer sender(here);
    sender.connect("sender");
    for (int i = 0; i < 10; ++i)
        sender.publish("job/a", std::to_string(i), at_least_once, 1);
    CHECK(payloads(one.at.received()).size() == 1);
    CHECK(payloads(two.at.received()).size() == 9);
}

TEST_CASE("who leaves a group gets nothing of it any more", "[shared][MQTT-3.10.4-1][v5]") {
    stage here;
    worker one(here, "one"), two(here, "two");
    peer sender(here);
    sender.connect("sender");
    mqtt::unsubscribe packet;
    packet.packet_id = 9;
    packet.filters = {"$share/crew/job/#"};
    one.at.send(packet);
    CHECK(one.at.received() == lines{"UNSUBACK m9, Success"});
    for (int i = 0; i < 4; ++i)
        sender.publish("job/a", std::to_string(i));
    CHECK(one.at.received().empty());
    CHECK(payloads(two.at.received()).size() == 4);
    two.at.send(packet);
    sender.publish("job/a", "nobody", at_least_once, 7);
    CHECK(here.common->subscriptions.size() == 0);
    CHECK(here.common->subscriptions.shared_size() == 0);
}

TEST_CASE("a message that its member refuses goes to nobody else", "[shared][MQTT-4.8.2-6][v5]") {
    stage here;
    worker one(here, "one"), two(here, "two");
    peer sender(here);
    sender.connect("sender");
    sender.publish("job/a", "x", at_least_once, 1);
    auto& chosen = payloads(one.at.received()).empty() ? two : one;
    chosen.at.acknowledge(packet_type::puback, 1, reason::quota_exceeded);
    one.at.drop();
    two.at.received();
    CHECK(two.at.received().empty());
}
