// The operator's limits, with mosquitto's meanings, and what CONNACK tells of the server's.
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

connect_options lasting(std::uint32_t window = 0, std::uint32_t packet_max = 0) {
    auto options = v5();
    options.clean_start = false;
    options.props.add(property_id::session_expiry_interval, 600);
    if (window != 0)
        options.props.add(property_id::receive_maximum, window);
    if (packet_max != 0)
        options.props.add(property_id::maximum_packet_size, packet_max);
    return options;
}

properties told(peer& who) {
    static std::string bytes; // the properties point into it
    bytes = who.received_bytes();
    return decode_connack(next_frame(bytes, varint_max).body, version::v5)->props;
}

} // namespace

TEST_CASE("a message over message_size_limit is refused, and its client goes on", "[limits]") {
    limits bounds;
    bounds.message_size_limit = 5;
    stage here(bounds);
    peer modern(here), old(here), ear(here);
    ear.connect("ear");
    ear.subscribe("t", qos::at_most_once);
    ear.received();
    modern.connect("modern", v5());
    old.connect("old");
    modern.received();
    old.received();
    modern.publish("t", "123456", qos::at_least_once, 1);
    modern.publish("t", "123456", qos::exactly_once, 2);
    modern.publish("t", "123456");
    modern.publish("t", "12345", qos::at_least_once, 3);
    CHECK(modern.received() ==
          lines{"PUBACK m1 Quota exceeded", "PUBREC m2 Quota exceeded", "PUBACK m3"});
    old.publish("t", "123456", qos::exactly_once, 1);
    old.acknowledge(packet_type::pubrel, 1);
    CHECK(old.received() == lines{"PUBREC m1", "PUBCOMP m1"});
    CHECK(ear.received() == lines{"PUBLISH d0 q0 r0 m0 t '12345'"});
}

TEST_CASE("upgrade_outgoing_qos delivers at the QoS that was granted", "[limits]") {
    limits bounds;
    bounds.upgrade_outgoing_qos = true;
    stage here(bounds);
    peer one(here), sender(here);
    sender.connect("sender");
    sender.publish("t", "kept", qos::at_most_once, 0, true);
    one.connect("one");
    one.received();
    one.subscribe("t", qos::at_least_once);
    CHECK(one.received() == lines{"SUBACK m1, Granted QoS 1", "PUBLISH d0 q1 r1 m1 t 'kept'"});
    sender.publish("t", "live");
    CHECK(one.received() == lines{"PUBLISH d0 q1 r0 m2 t 'live'"});
}

TEST_CASE("a listener that moved sends its clients away", "[limits][v5]") {
    stage here;
    here.listener.redirect = reason::server_moved;
    here.listener.server_reference = "b.example:1883";
    peer modern(here), old(here);
    modern.connect("modern", v5());
    const auto bytes = modern.received_bytes();
    const auto answer = decode_connack(next_frame(bytes, varint_max).body, version::v5);
    CHECK(answer->reason == reason::server_moved);
    CHECK(answer->props.text(property_id::server_reference) == "b.example:1883");
    old.connect("old");
    CHECK(old.received() == lines{"CONNACK new, Server unavailable", "closed"});
}

TEST_CASE("response information goes to those who ask, with their client id",
          "[limits][MQTT-3.1.2-28][v5]") {
    stage here;
    here.listener.response_information = "replies/%c/%u/";
    peer asks(here), silent(here);
    auto options = v5();
    options.props.add(property_id::request_response_information, 1);
    asks.connect("asks", options);
    CHECK(told(asks).text(property_id::response_information) == "replies/asks//");
    silent.connect("silent", v5());
    CHECK_FALSE(told(silent).text(property_id::response_information));
}

TEST_CASE("reasons are given in words, unless the client does not want them or has no room",
          "[limits][MQTT-3.1.2-29][MQTT-3.2.2-19][MQTT-3.4.2-2][v5]") {
    stage here;
    const auto [wanted, packet_max, words] = GENERATE(
        table<std::uint32_t, std::uint32_t, bool>({{1, 0, true}, {0, 0, false}, {1, 30, false}}));
    auto options = v5();
    options.props.add(property_id::request_problem_information, wanted);
    if (packet_max != 0)
        options.props.add(property_id::maximum_packet_size, packet_max);
    peer one(here);
    one.connect("one", options);
    one.received();
    one.publish("$no", "", qos::at_least_once, 1);
    const auto bytes = one.received_bytes();
    const auto answer = decode_acknowledgement(packet_type::puback,
                                               next_frame(bytes, varint_max).body, version::v5);
    CHECK(answer->reason == reason::not_authorized);
    CHECK(answer->props.text(property_id::reason_string).has_value() == words);
}

TEST_CASE("no packet is larger than the client takes, CONNACK included",
          "[limits][MQTT-3.1.2-24][MQTT-3.1.2-25][MQTT-3.2.0-1][v5]") {
    stage here;
    peer narrow(here);
    auto options = v5();
    options.props.add(property_id::maximum_packet_size, 5);
    narrow.connect("narrow", options);
    CHECK(narrow.received() == lines{"closed"});
    CHECK(here.common->clients == 0);
    CHECK(here.hub->sessions() == 0);
}

TEST_CASE("what is sent again keeps to the new Receive Maximum and Maximum Packet Size",
          "[limits][MQTT-3.3.4-9][MQTT-3.1.2-25][MQTT-4.4.0-1][v5][regression]") {
    stage here;
    peer sender(here);
    sender.connect("sender");
    auto first = std::make_unique<peer>(here);
    first->connect("one", lasting());
    first->subscribe("t", qos::exactly_once);
    first->received();
    for (const auto* text : {"1", "2", "3"})
        sender.publish("t", text, qos::at_least_once, 1);
    sender.publish("t", std::string(300, 'x'), qos::at_least_once, 1);
    sender.publish("t", "5", qos::exactly_once, 2);
    CHECK(first->received().size() == 5);
    first->drop();
    sender.acknowledge(packet_type::pubrel, 2);
    sender.publish("t", "6", qos::at_least_once, 3);
    peer again(here);
    again.connect("one", lasting(2, 200));
    CHECK(again.received() == lines{"CONNACK present, Success", "PUBLISH d1 q1 r0 m1 t '1'",
                                    "PUBLISH d1 q1 r0 m2 t '2'"});
    again.acknowledge(packet_type::puback, 2);
    CHECK(again.received() == lines{"PUBLISH d1 q1 r0 m3 t '3'"});
    again.acknowledge(packet_type::puback, 1);
    CHECK(again.received() == lines{"PUBLISH d1 q2 r0 m5 t '5'"});
    again.acknowledge(packet_type::puback, 3);
    CHECK(again.received() == lines{"PUBLISH d0 q1 r0 m6 t '6'"});
}

TEST_CASE("a window that shrinks to one still ends, whatever was in flight",
          "[limits][MQTT-3.3.4-9][v5]") {
    stage here;
    peer sender(here);
    sender.connect("sender");
    auto first = std::make_unique<peer>(here);
    first->connect("one", lasting());
    first->subscribe("t", qos::exactly_once);
    for (std::uint16_t id = 1; id <= 6; ++id)
        sender.publish("t", std::to_string(id), qos::exactly_once, id);
    first->received();
    first->acknowledge(packet_type::pubrec, 2); // released, its PUBCOMP is lost
    first->acknowledge(packet_type::pubrec, 4);
    first->drop();
    peer again(here);
    again.connect("one", lasting(1));
    lines seen;
    for (int round = 0; round < 20; ++round)
        for (const auto& line : again.received()) {
            seen.push_back(line);
            const auto id = [&](std::string_view mark) {
                return static_cast<std::uint16_t>(
                    std::stoi(line.substr(line.find(mark) + mark.size())));
            };
            if (line.starts_with("PUBLISH"))
                again.acknowledge(packet_type::pubrec, id(" m"));
            else if (line.starts_with("PUBREL"))
                again.acknowledge(packet_type::pubcomp, id(" m"));
        }
    CHECK(seen == lines{"CONNACK present, Success", "PUBLISH d1 q2 r0 m1 t '1'", "PUBREL m2",
                        "PUBREL m1", "PUBLISH d1 q2 r0 m3 t '3'", "PUBREL m4", "PUBREL m3",
                        "PUBLISH d1 q2 r0 m5 t '5'", "PUBREL m5", "PUBLISH d1 q2 r0 m6 t '6'",
                        "PUBREL m6"});
}

TEST_CASE("QoS 0 messages that waited are not overtaken by later ones",
          "[limits][MQTT-4.6.0-5][MQTT3-4.6.0-6][regression]") {
    limits bounds;
    bounds.queue_qos0_messages = true;
    bounds.max_inflight_messages = 1;
    stage here(bounds);
    peer sender(here);
    sender.connect("sender");
    auto first = std::make_unique<peer>(here);
    first->connect("one", lasting());
    first->subscribe("t", qos::at_least_once);
    first->drop();
    sender.publish("t", "1", qos::at_least_once, 1);
    sender.publish("t", "2", qos::at_least_once, 2);
    sender.publish("t", "3");
    peer again(here);
    again.connect("one", lasting());
    sender.publish("t", "4");
    CHECK(again.received() == lines{"CONNACK present, Success", "PUBLISH d0 q1 r0 m1 t '1'"});
    again.acknowledge(packet_type::puback, 1);
    again.acknowledge(packet_type::puback, 2);
    CHECK(again.received() == lines{"PUBLISH d0 q1 r0 m2 t '2'", "PUBLISH d0 q0 r0 m0 t '3'",
                                    "PUBLISH d0 q0 r0 m0 t '4'"});
}

TEST_CASE("a delayed will of a session that ends with the take-over is published",
          "[limits][will][MQTT-3.1.2-8][v5][regression]") {
    stage here;
    peer ear(here), first(here), second(here);
    ear.connect("ear");
    ear.subscribe("will", qos::at_most_once);
    ear.received();
    auto options = v5();
    options.will.emplace();
    options.will->topic = "will";
    options.will->payload = "gone";
    options.will->props.add(property_id::will_delay_interval, 30);
    first.connect("one", options);
    auto kept = v5();
    kept.clean_start = false;
    second.connect("one", kept);
    CHECK(second.received() == lines{"CONNACK new, Success"});
    CHECK(ear.received() == lines{"PUBLISH d0 q0 r0 m0 will 'gone'"});
}

TEST_CASE("messages whose acknowledgement waits for the store count against Receive Maximum",
          "[limits][MQTT-3.3.4-7][v5]") {
    slow_store kept;
    stage here({}, nullptr, &kept);
    peer one(here);
    one.connect("one", v5());
    one.received();
    for (std::uint16_t id = 1; id <= receive_maximum; ++id)
        one.publish("t", "x", qos::at_least_once, id, true);
    CHECK(one.received().empty());
    SECTION("one more is one too many") {
        one.publish("t", "x", qos::at_least_once, 5000, true);
        CHECK(one.received() == lines{"DISCONNECT Receive Maximum exceeded", "closed"});
    }
    SECTION("until they are answered") {
        kept.written = kept.last;
        one.send_bytes({});
        CHECK(one.received().size() == receive_maximum);
        one.publish("t", "x", qos::at_least_once, 5000, true);
        CHECK(one.received().empty());
        CHECK(one.machine.now() == connection::state::online);
    }
}

TEST_CASE("a QoS 2 message that the store has not yet kept is not taken twice",
          "[limits][MQTT-4.3.3-10][MQTT3-4.3.3-2][regression]") {
    slow_store kept;
    stage here({}, nullptr, &kept);
    peer ear(here);
    ear.connect("ear", lasting());
    ear.subscribe("t", qos::at_most_once);
    kept.written = kept.last;
    ear.send_bytes({});
    ear.received();
    auto first = std::make_unique<peer>(here);
    first->connect("one", lasting());
    first->publish("t", "once", qos::exactly_once, 1, true);
    CHECK(first->received() == lines{"CONNACK new, Success"});
    first->drop();
    peer again(here);
    again.connect("one", lasting());
    again.publish("t", "once", qos::exactly_once, 1, true, true);
    CHECK(again.received() == lines{"CONNACK present, Success"});
    kept.written = kept.last;
    again.send_bytes({});
    CHECK(again.received() == lines{"PUBREC m1"});
    CHECK(ear.received().size() == 1);
}

TEST_CASE("no more is retained than may be, and what replaces or clears is always welcome",
          "[limits][retained]") {
    limits bounds;
    SECTION("messages") {
        bounds.max_retained_messages = 1;
    }
    SECTION("bytes") {
        bounds.max_retained_bytes = 3;
    }
    stage here(bounds);
    peer one(here);
    one.connect("one", v5());
    one.received();
    one.publish("a", "1", qos::at_least_once, 1, true);
    one.publish("b", "1234", qos::at_least_once, 2, true);
    one.publish("a", "23", qos::at_least_once, 3, true);
    one.publish("a", "", qos::at_least_once, 4, true);
    one.publish("b", "4", qos::at_least_once, 5, true);
    CHECK(one.received() == lines{"PUBACK m1 No matching subscribers", "PUBACK m2 Quota exceeded",
                                  "PUBACK m3 No matching subscribers",
                                  "PUBACK m4 No matching subscribers",
                                  "PUBACK m5 No matching subscribers"});
    CHECK(here.common->retained.size() == 1);
}

TEST_CASE("a retained message lives no longer than the operator lets it", "[limits][retained]") {
    limits bounds;
    bounds.retain_expiry = std::chrono::minutes(2);
    stage here(bounds);
    peer one(here);
    one.connect("one", v5());
    one.publish("a", "1", qos::at_least_once, 1, true);
    here.pass(std::chrono::seconds(119));
    one.received();
    one.subscribe("a", qos::at_most_once);
    CHECK(one.received() == lines{"SUBACK m1, Success", "PUBLISH d0 q0 r1 m0 a '1' expiry1"});
    here.pass(std::chrono::seconds(2));
    peer two(here);
    two.connect("two", v5());
    two.received();
    two.subscribe("a", qos::at_most_once);
    CHECK(two.received() == lines{"SUBACK m1, Success"});
}
