// What one client's packets bring about for others: delivery, retained messages, QoS flows,
// refusals.
#include "mqtt/broker/local_client.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

using namespace mqtt;
using namespace script;

namespace {

connect_options v5() {
    connect_options options;
    options.version = version::v5;
    return options;
}

} // namespace

TEST_CASE("a publish reaches who subscribed, at the lesser QoS", "[broker][MQTT-3.8.4-8]") {
    stage here;
    peer publisher(here), zero(here), two(here);
    publisher.connect("p");
    zero.connect("zero");
    two.connect("two");
    zero.subscribe("a/b", qos::at_most_once);
    two.subscribe("a/+", qos::exactly_once);
    CHECK(two.received() == lines{"CONNACK new, Success", "SUBACK m1, Granted QoS 2"});
    zero.received();
    publisher.publish("a/b", "x", qos::at_least_once, 5);
    CHECK(publisher.received() == lines{"CONNACK new, Success", "PUBACK m5"});
    CHECK(zero.received() == lines{"PUBLISH d0 q0 r0 m0 a/b 'x'"});
    CHECK(two.received() == lines{"PUBLISH d0 q1 r0 m1 a/b 'x'"});
}

TEST_CASE("a repeated QoS 2 PUBLISH is delivered once", "[broker][MQTT-4.3.3-10]") {
    stage here;
    peer publisher(here), receiver(here);
    publisher.connect("p");
    receiver.connect("r");
    receiver.subscribe("t", qos::at_most_once);
    receiver.received();
    publisher.received();
    publisher.publish("t", "x", qos::exactly_once, 9);
    publisher.publish("t", "x", qos::exactly_once, 9, false, true);
    CHECK(publisher.received() == lines{"PUBREC m9", "PUBREC m9"});
    CHECK(receiver.received() == lines{"PUBLISH d0 q0 r0 m0 t 'x'"});
    publisher.acknowledge(packet_type::pubrel, 9);
    publisher.publish("t", "y", qos::exactly_once, 9);
    CHECK(publisher.received() == lines{"PUBCOMP m9", "PUBREC m9"});
    CHECK(receiver.received() == lines{"PUBLISH d0 q0 r0 m0 t 'y'"});
}

TEST_CASE("an unknown PUBREL is answered, with the reason in version 5",
          "[broker][MQTT-4.3.3-11]") {
    stage here;
    peer old(here), modern(here);
    old.connect("old");
    modern.connect("modern", v5());
    old.received();
    modern.received();
    old.acknowledge(packet_type::pubrel, 3);
    modern.acknowledge(packet_type::pubrel, 3);
    CHECK(old.received() == lines{"PUBCOMP m3"});
    CHECK(modern.received() == lines{"PUBCOMP m3 Packet Identifier not found"});
}

TEST_CASE("QoS 2 to a receiver runs through PUBREC, PUBREL and PUBCOMP", "[broker][MQTT-4.3.3-4]") {
    stage here;
    peer publisher(here), receiver(here);
    publisher.connect("p");
    receiver.connect("r");
    receiver.subscribe("t", qos::exactly_once);
    receiver.received();
    publisher.publish("t", "x", qos::exactly_once, 1);
    CHECK(receiver.received() == lines{"PUBLISH d0 q2 r0 m1 t 'x'"});
    receiver.acknowledge(packet_type::pubrec, 1);
    CHECK(receiver.received() == lines{"PUBREL m1"});
    receiver.acknowledge(packet_type::pubcomp, 1);
    CHECK(receiver.received().empty());
}

TEST_CASE("no more messages are in flight than the client's Receive Maximum",
          "[broker][MQTT-3.3.4-9]") {
    stage here;
    peer publisher(here), receiver(here);
    publisher.connect("p");
    auto options = v5();
    options.props.add(property_id::receive_maximum, 2U);
    receiver.connect("r", options);
    receiver.subscribe("t", qos::at_least_once);
    receiver.received();
    for (const char* text : {"1", "2", "3", "4"})
        publisher.publish("t", text, qos::at_least_once, 1);
    CHECK(receiver.received() == lines{"PUBLISH d0 q1 r0 m1 t '1'", "PUBLISH d0 q1 r0 m2 t '2'"});
    receiver.acknowledge(packet_type::puback, 2);
    CHECK(receiver.received() == lines{"PUBLISH d0 q1 r0 m3 t '3'"});
    receiver.acknowledge(packet_type::puback, 1);
    CHECK(receiver.received() == lines{"PUBLISH d0 q1 r0 m4 t '4'"});
}

TEST_CASE("what does not fit into the queue is dropped and counted", "[broker]") {
    limits bounds;
    bounds.max_inflight_messages = 1;
    bounds.max_queued_messages = 2;
    stage here(bounds);
    peer publisher(here), receiver(here);
    publisher.connect("p");
    receiver.connect("r");
    receiver.subscribe("t", qos::at_least_once);
    receiver.received();
    for (const char* text : {"1", "2", "3", "4"})
        publisher.publish("t", text, qos::at_least_once, 1);
    for (std::uint16_t id = 1; id < 5; ++id)
        receiver.acknowledge(packet_type::puback, id);
    CHECK(receiver.received() == lines{"PUBLISH d0 q1 r0 m1 t '1'", "PUBLISH d0 q1 r0 m2 t '2'",
                                       "PUBLISH d0 q1 r0 m3 t '3'"});
    CHECK(here.hub->counts().value(metric::messages_dropped) == 1);
}

TEST_CASE("a retained message is kept, sent to new subscribers with its flag, and cleared",
          "[broker][MQTT-3.3.1-5][MQTT-3.3.1-6]") {
    stage here;
    peer publisher(here), early(here), late(here);
    publisher.connect("p");
    early.connect("early");
    early.subscribe("home/#", qos::at_least_once);
    early.received();
    publisher.publish("home/lamp", "on", qos::at_least_once, 1, true);
    CHECK(early.received() ==
          lines{"PUBLISH d0 q1 r0 m1 home/lamp 'on'"}); // live: without the flag [MQTT3-3.3.1-9]
    late.connect("late");
    late.subscribe("home/+", qos::at_most_once);
    CHECK(late.received() == lines{"CONNACK new, Success", "SUBACK m1, Success",
                                   "PUBLISH d0 q0 r1 m0 home/lamp 'on'"});
    publisher.publish("home/lamp", "", qos::at_most_once, 0, true);
    peer later(here);
    later.connect("later");
    later.subscribe("home/+", qos::at_most_once);
    CHECK(later.received() == lines{"CONNACK new, Success", "SUBACK m1, Success"});
}

TEST_CASE("retain handling, retain as published and no local do what they say",
          "[broker][v5][MQTT-3.8.3-3][MQTT-3.3.1-9][MQTT-3.3.1-10][MQTT-3.3.1-11]"
          "[MQTT-3.3.1-12][MQTT-3.3.1-13]") {
    stage here;
    peer one(here);
    one.connect("one", v5());
    one.publish("t", "kept", qos::at_most_once, 0, true);
    one.received();
    mqtt::subscribe ask;
    ask.packet_id = 1;
    ask.requests.push_back({"t", qos::at_most_once, true, true, 2});
    one.send(ask);
    CHECK(one.received() == lines{"SUBACK m1, Success"}); // 2: don't send
    ask.requests[0].retain_handling = 1;
    one.send(ask);
    CHECK(one.received() == lines{"SUBACK m1, Success"}); // 1: only for a new one
    ask.requests[0].retain_handling = 0;
    one.send(ask);
    CHECK(one.received() == lines{"SUBACK m1, Success", "PUBLISH d0 q0 r1 m0 t 'kept'"});
    one.publish("t", "mine");
    CHECK(one.received().empty()); // no local
    peer other(here);
    other.connect("other", v5());
    other.publish("t", "theirs", qos::at_most_once, 0, true);
    CHECK(one.received() == lines{"PUBLISH d0 q0 r1 m0 t 'theirs'"}); // retain as published
}

TEST_CASE("the subscription identifier comes with the message", "[broker][v5][MQTT-3.3.4-3]") {
    stage here;
    peer one(here);
    one.connect("one", v5());
    mqtt::subscribe ask;
    ask.packet_id = 1;
    ask.requests.push_back({"a/+", qos::at_most_once});
    ask.props.add(property_id::subscription_identifier, 300U);
    one.send(ask);
    one.received();
    one.publish("a/b", "x");
    CHECK(one.received() == lines{"PUBLISH d0 q0 r0 m0 a/b 'x' id300"});
}

TEST_CASE("a topic alias stands for its topic in both directions",
          "[broker][v5][MQTT-3.3.2-9]"
          "[MQTT-3.3.2-11][MQTT-3.3.2-12][MQTT-3.2.2-17][MQTT-3.1.2-26]") {
    stage here;
    peer sender(here), receiver(here);
    sender.connect("s", v5());
    auto options = v5();
    options.props.add(property_id::topic_alias_maximum, 1U);
    receiver.connect("r", options);
    receiver.subscribe("#", qos::at_most_once);
    receiver.received();
    sender.received();
    mqtt::publish packet;
    packet.topic = "a";
    packet.payload = "1";
    packet.topic_alias = 10;
    sender.send(packet);
    packet.topic = "";
    packet.payload = "2";
    sender.send(packet);
    sender.publish("b", "3");
    CHECK(receiver.received() == lines{"PUBLISH d0 q0 r0 m0 a '1' alias1",
                                       "PUBLISH d0 q0 r0 m0  '2' alias1",
                                       "PUBLISH d0 q0 r0 m0 b '3'"});
    packet.topic_alias = 11; // one more than CONNACK allowed
    packet.topic = "c";
    sender.send(packet);
    CHECK(sender.received() == lines{"DISCONNECT Topic Alias invalid", "closed"});
}

TEST_CASE("a message's expiry is counted down and an expired one is not sent",
          "[broker][v5][MQTT-3.3.2-5][MQTT-3.3.2-6]") {
    stage here;
    peer sender(here);
    sender.connect("s", v5());
    mqtt::publish packet;
    packet.topic = "t";
    packet.payload = "x";
    packet.retain = true;
    packet.expiry = 10;
    sender.send(packet);
    here.pass(4s);
    peer first(here);
    first.connect("first", v5());
    first.subscribe("t", qos::at_most_once);
    CHECK(first.received().back() == "PUBLISH d0 q0 r1 m0 t 'x' expiry6");
    here.pass(7s);
    peer second(here);
    second.connect("second", v5());
    second.subscribe("t", qos::at_most_once);
    CHECK(second.received().back() == "SUBACK m1, Success");
}

TEST_CASE("nobody publishes to '$' topics, and nobody subscribed is told in version 5",
          "[broker]") {
    stage here;
    peer one(here);
    one.connect("one", v5());
    one.received();
    one.publish("$SYS/broker/uptime", "0", qos::at_least_once, 1);
    one.publish("nobody", "0", qos::at_least_once, 2);
    one.publish("$SYS/x", "0", qos::exactly_once, 3);
    one.acknowledge(packet_type::pubrel, 3);
    CHECK(one.received() == lines{"PUBACK m1 Not authorized", "PUBACK m2 No matching subscribers",
                                  "PUBREC m3 Not authorized",
                                  "PUBCOMP m3 Packet Identifier not found"});
}

TEST_CASE("filters are granted and refused one by one", "[broker][MQTT-3.9.3-1]") {
    stage here;
    peer one(here);
    one.connect("one", v5());
    one.received();
    mqtt::subscribe ask;
    ask.packet_id = 4;
    for (const char* filter : {"a/#/b", "ok", "$share/g/a", "$share//a"})
        ask.requests.push_back({filter, qos::at_least_once});
    one.send(ask);
    CHECK(one.received() == lines{"SUBACK m4, Topic Filter invalid, Granted QoS 1, Granted QoS 1, "
                                  "Topic Filter invalid"});
    mqtt::unsubscribe leave;
    leave.packet_id = 5;
    leave.filters = {"ok", "never"};
    one.send(leave);
    CHECK(one.received() == lines{"UNSUBACK m5, Success, No subscription existed"});
    one.publish("ok", "x");
    CHECK(one.received().empty());
}

TEST_CASE("a malformed packet closes its own connection and nobody else's",
          "[broker][MQTT-4.13.1-1]") {
    stage here;
    peer bad(here), good(here);
    bad.connect("bad", v5());
    good.connect("good");
    bad.received();
    good.received();
    bad.send_bytes(std::string("\x36\x05\0\1a\0\1", 7)); // QoS 3
    CHECK(bad.received() == lines{"DISCONNECT Malformed Packet", "closed"});
    good.send_bytes(std::string("\xC0\0", 2));
    CHECK(good.received() == lines{"PINGRESP"});
}

TEST_CASE("a client that sends a Subscription Identifier in PUBLISH is disconnected",
          "[broker][v5][regression][MQTT-3.3.4-6]") {
    stage here;
    peer one(here);
    one.connect("one", v5());
    one.received();
    one.send_bytes(std::string("\x30\6\0\1a\2\x0B\1", 8));
    CHECK(one.received() == lines{"DISCONNECT Protocol Error", "closed"});
}

TEST_CASE("a packet over max_packet_size is refused at its header", "[broker]") {
    limits bounds;
    bounds.max_packet_size = 1000;
    stage here(bounds);
    peer one(here);
    one.connect("one", v5());
    one.received();
    std::string header;
    write_frame_header(header, packet_type::publish, 0, 268'435'455);
    one.send_bytes(header);
    CHECK(one.received() == lines{"DISCONNECT Packet too large", "closed"});
}

TEST_CASE("a message that is too large for a client is dropped, not the client",
          "[broker][v5][MQTT-3.1.2-24][MQTT-3.1.2-25]") {
    stage here;
    peer sender(here), small(here);
    sender.connect("s", v5());
    auto options = v5();
    options.props.add(property_id::maximum_packet_size, 20U);
    small.connect("small", options);
    small.subscribe("t", qos::at_least_once);
    small.received();
    sender.publish("t", std::string(100, 'x'), qos::at_least_once, 1);
    sender.publish("t", "ok", qos::at_least_once, 2);
    const auto seen = small.received();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].ends_with("t 'ok'"));
}

TEST_CASE("a receiver that does not read loses QoS 0 beyond its bound, and only that", "[broker]") {
    stage here;
    peer sender(here), slow(here);
    sender.connect("s");
    slow.connect("slow");
    slow.subscribe("t", qos::at_most_once);
    const std::string big(500'000, 'x');
    for (int i = 0; i < 10; ++i)
        sender.publish("t", big);
    CHECK(slow.machine.unsent().bytes() <= unsent_bytes_max + big.size() + 10);
    CHECK(here.hub->counts().value(metric::messages_dropped) > 5);
    slow.received();
    sender.publish("t", "again");
    CHECK(slow.received() == lines{"PUBLISH d0 q0 r0 m0 t 'again'"});
}

TEST_CASE(
    "retained messages of a large subscription come as fast as the client reads, none missing",
    "[broker]") {
    stage here;
    peer sender(here), reader(here);
    sender.connect("s");
    const std::string big(100'000, 'x');
    for (int i = 0; i < 50; ++i)
        sender.publish("many/" + std::to_string(i), big, qos::at_most_once, 0, true);
    reader.connect("r");
    reader.subscribe("many/#", qos::at_most_once);
    std::size_t count = reader.received().size() - 2;
    CHECK(count < 50);
    for (int round = 0; round < 20; ++round) {
        here.hub->drained(reader.machine);
        count += reader.received().size();
    }
    CHECK(count == 50);
}

TEST_CASE("an in-process client publishes, reads and subscribes by the same door",
          "[broker][local]") {
    stage here;
    local_client client(*here.hub, here.open_door, {});
    peer receiver(here);
    receiver.connect("r");
    receiver.subscribe("t", qos::at_least_once);
    receiver.received();
    publish_outcome seen;
    const auto keep = [&](const publish_outcome& outcome) { seen = outcome; };
    publish_request what;
    what.topic = "t";
    what.payload = "21.5";
    what.retain = true;
    client.publish(what, keep);
    CHECK(seen.reason == reason::success);
    CHECK(seen.matched == 1);
    CHECK(seen.sent == 1);
    CHECK(seen.previous == nullptr);
    CHECK(seen.mqtt_bytes == 2 + 3 + 2 + 4 + 4); // PUBLISH and PUBACK
    CHECK(receiver.received() == lines{"PUBLISH d0 q1 r0 m1 t '21.5'"});
    REQUIRE(client.retained("t") != nullptr);
    CHECK(client.retained("t")->payload() == "21.5");

    const auto first = seen.id;
    what.payload = "22";
    what.condition.id_is = first;
    client.publish(what, keep);
    CHECK(seen.reason == reason::success);
    CHECK(seen.previous->payload() == "21.5");
    client.publish(what, keep); // the same condition again: changed meanwhile
    CHECK(seen.condition_failed);
    CHECK(seen.previous->payload() == "22");
    what.condition = {};
    what.condition.must_be_absent = true;
    client.publish(what, keep);
    CHECK(seen.condition_failed);

    what = {};
    what.topic = "a/+";
    client.publish(what, keep);
    CHECK(seen.reason == reason::topic_name_invalid);
    what.topic = "$SYS/x";
    client.publish(what, keep);
    CHECK(seen.reason == reason::not_authorized);
    what.topic = "nobody";
    client.publish(what, keep);
    CHECK(seen.reason == reason::no_matching_subscribers);
}

TEST_CASE("an in-process subscription gets retained and live messages once each, and ends",
          "[broker][local]") {
    struct sink final : message_sink {
        void on_message(const message_ptr& what, qos, bool retained) override {
            seen.push_back(std::string(what->topic()) + (retained ? " retained" : " live"));
        }
        lines seen;
    };
    stage here;
    peer sender(here);
    sender.connect("s");
    sender.publish("a/1", "x", qos::at_most_once, 0, true);
    sender.publish("a/2", "x", qos::at_most_once, 0, true);
    local_client client(*here.hub, here.open_door, {});
    sink taker;
    reason failure{};
    auto subscription = client.subscribe(
        {{"a/#", "a/+", "bad/#/x"}, qos::at_least_once, retained_delivery::all}, taker, failure);
    REQUIRE(subscription);
    CHECK(subscription->granted()[2] == reason::topic_filter_invalid);
    CHECK(taker.seen == lines{"a/1 retained", "a/2 retained"});
    sender.publish("a/3", "x");
    CHECK(taker.seen.back() == "a/3 live");
    CHECK(taker.seen.size() == 3);
    subscription.reset();
    sender.publish("a/3", "x");
    CHECK(taker.seen.size() == 3);
    CHECK(client.subscribe({{"#/a"}, qos::at_least_once, retained_delivery::all}, taker, failure) ==
          nullptr);
    CHECK(failure == reason::topic_filter_invalid);
}

TEST_CASE("retained messages are paged in the order of their topics", "[broker][local]") {
    stage here;
    peer sender(here);
    sender.connect("s");
    for (const char* topic : {"p/c", "p/a", "p/b", "q"})
        sender.publish(topic, "x", qos::at_most_once, 0, true);
    const local_client client(*here.hub, here.open_door, {});
    auto page = client.retained_matching("p/+", 2, {}, true);
    CHECK(page.total == 3);
    CHECK(page.truncated);
    REQUIRE(page.messages.size() == 2);
    CHECK(page.messages[1]->topic() == "p/b");
    page = client.retained_matching("p/+", 2, "p/b", false);
    CHECK_FALSE(page.truncated);
    REQUIRE(page.messages.size() == 1);
    CHECK(page.messages[0]->topic() == "p/c");
}

TEST_CASE("public ids are read back, and foreign ones are not", "[local]") {
    CHECK(parse_public_id(public_id(1042)) == 1042);
    for (const char* text : {"", "x", "zz-1", "-1"})
        CHECK_FALSE(parse_public_id(text));
    CHECK_FALSE(parse_public_id(public_id(1) + "x"));
}
