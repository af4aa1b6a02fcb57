// Sessions over connections: take-over, expiry, wills, keep alive, what a reconnect brings back.
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

using namespace mqtt;
using namespace script;

namespace {

connect_options persistent() {
    connect_options options;
    options.clean_start = false;
    return options;
}

connect_options v5(std::uint32_t expiry = 0, bool clean = true) {
    connect_options options;
    options.version = version::v5;
    options.clean_start = clean;
    if (expiry != 0)
        options.props.add(property_id::session_expiry_interval, expiry);
    return options;
}

will last_words(std::uint32_t delay = 0) {
    will said;
    said.topic = "gone";
    said.payload = "yes";
    if (delay != 0)
        said.props.add(property_id::will_delay_interval, delay);
    return said;
}

// Who hears what is published on "gone".
struct listener_at {
    explicit listener_at(stage& here) : one(here) {
        one.connect("listener");
        one.subscribe("gone", qos::at_most_once);
        one.received();
    }
    peer one;
};

const lines will_heard{"PUBLISH d0 q0 r0 m0 gone 'yes'"};

} // namespace

TEST_CASE("anything before CONNECT, and a second CONNECT, closes the connection",
          "[session][MQTT-3.1.0-1][MQTT-3.1.0-2]") {
    stage here;
    peer early(here), twice(here);
    early.send_bytes(std::string("\xC0\0", 2));
    CHECK(early.received() == lines{"closed"});
    twice.connect("x", v5());
    twice.connect("x", v5());
    CHECK(twice.received() == lines{"CONNACK new, Success", "DISCONNECT Protocol Error", "closed"});
}

TEST_CASE("a stranger's first packet is refused at its first byte if it is no CONNECT",
          "[session]") {
    stage here;
    peer stranger(here);
    stranger.send_bytes("\x30");
    CHECK(stranger.received() == lines{"closed"});
}

TEST_CASE("a malformed CONNECT closes the connection at once", "[session][regression]") {
    stage here;
    peer bad(here);
    bad.send_bytes(
        std::string("\x10\x0D\0\4MQTT\4\3\0\0\0\1x", 15)); // the reserved flag [MQTT-3.1.2-3]
    CHECK(bad.received() == lines{"closed"});
    here.begin();
    CHECK_FALSE(here.hub->room().dirty.empty()); // the driver is told to close
}

TEST_CASE("a CONNECT that does not come in time closes the connection",
          "[session][MQTT31-connect-14]") {
    stage here;
    peer slow(here);
    here.pass(9s);
    CHECK(slow.received().empty());
    here.pass(2s);
    CHECK(slow.received() == lines{"closed"});
    here.pass(3s);
    CHECK(slow.abandoned);
}

TEST_CASE("an unknown protocol level is answered in words that the client may know",
          "[session][MQTT-3.1.2-2]") {
    stage here;
    peer old(here), newer(here);
    old.send_bytes(std::string("\x10\x0D\0\4MQTT\3\2\0\0\0\1x", 15));
    CHECK(old.received_bytes() == std::string("\x20\2\0\1", 4));
    newer.level = version::v5;
    newer.send_bytes(std::string("\x10\x0E\0\4MQTT\6\2\0\0\0\0\1x", 16));
    CHECK(newer.received() == lines{"CONNACK new, Unsupported Protocol Version", "closed"});
}

TEST_CASE("empty client ids: given one where that is allowed",
          "[session][MQTT-3.1.3-6][MQTT-3.1.3-7][MQTT-3.2.2-16][MQTT3-3.1.3-6][MQTT3-3.1.3-8]"
          "[MQTT31-connect-5]") {
    stage here;
    peer clean(here), kept(here), oldest(here), modern(here);
    clean.connect("");
    CHECK(clean.received() == lines{"CONNACK new, Success"});
    kept.connect("", persistent());
    CHECK(kept.received() == lines{"CONNACK new, Client Identifier not valid", "closed"});
    connect_options v31;
    v31.version = version::v3_1;
    oldest.connect("", v31);
    CHECK(oldest.received() == lines{"CONNACK new, Client Identifier not valid", "closed"});
    modern.connect("", v5());
    const auto bytes = modern.received_bytes();
    const auto answer = decode_connack(next_frame(bytes, varint_max).body, version::v5);
    REQUIRE(answer->props.text(property_id::assigned_client_identifier));
    CHECK(answer->props.text(property_id::assigned_client_identifier)->starts_with("auto-"));
}

TEST_CASE("a second connection with the same client id takes the session over",
          "[session][MQTT-3.1.4-3]") {
    stage here;
    peer first(here), second(here);
    first.connect("same", v5(100));
    first.subscribe("t", qos::at_least_once);
    first.received();
    second.connect("same", v5(100, false));
    CHECK(first.received() == lines{"DISCONNECT Session taken over", "closed"});
    CHECK(second.received() == lines{"CONNACK present, Success"});
    second.publish("t", "x");
    CHECK(second.received() == lines{"PUBLISH d0 q0 r0 m0 t 'x'"});
    first.drop(); // the old socket's end must not touch the session
    second.publish("t", "y");
    CHECK(second.received() == lines{"PUBLISH d0 q0 r0 m0 t 'y'"});
}

TEST_CASE("a persistent session keeps its subscriptions and queue while its client is away",
          "[session][MQTT3-3.1.2-4][MQTT3-3.1.2-5][MQTT3-3.2.2-2]") {
    stage here;
    peer sender(here);
    sender.connect("s");
    {
        peer away(here);
        away.connect("a", persistent());
        away.subscribe("t", qos::at_least_once);
        away.disconnect();
    }
    sender.publish("t", "1", qos::at_least_once, 1);
    sender.publish("t", "2", qos::at_most_once);
    sender.publish("t", "3", qos::exactly_once, 2);
    peer back(here);
    back.connect("a", persistent());
    CHECK(back.received() == lines{"CONNACK present, Success", "PUBLISH d0 q1 r0 m1 t '1'",
                                   "PUBLISH d0 q1 r0 m2 t '3'"});
    peer clean(here);
    clean.connect("a");
    CHECK(clean.received() == lines{"CONNACK new, Success"});
    sender.publish("t", "4", qos::at_least_once, 3);
    CHECK(clean.received().empty());
}

TEST_CASE("a clean session ends with its connection", "[session][MQTT3-3.1.2-6]") {
    stage here;
    {
        peer one(here);
        one.connect("a");
        one.subscribe("t", qos::at_least_once);
        one.drop();
    }
    CHECK(here.hub->sessions() == 0);
    CHECK(here.common->subscriptions.size() == 0);
}

TEST_CASE("what was in flight is sent again in its order, marked as a repeat",
          "[session][MQTT-4.4.0-1][MQTT-3.3.1-1][MQTT-4.6.0-5][MQTT3-4.6.0-6]"
          "[MQTT3-4.4.0-1]") {
    stage here;
    peer sender(here);
    sender.connect("s");
    {
        peer one(here);
        one.connect("a", persistent());
        one.subscribe("t", qos::exactly_once);
        for (const char* text : {"1", "2", "3"})
            sender.publish("t", text, qos::exactly_once, 1),
                sender.acknowledge(packet_type::pubrel, 1);
        one.acknowledge(packet_type::pubrec, 2); // 2 is the client's now
        one.drop();
    }
    peer back(here);
    back.connect("a", persistent());
    CHECK(back.received() == lines{"CONNACK present, Success", "PUBLISH d1 q2 r0 m1 t '1'",
                                   "PUBREL m2", "PUBLISH d1 q2 r0 m3 t '3'"});
    back.acknowledge(packet_type::pubcomp, 2);
    back.acknowledge(packet_type::pubrec, 1);
    back.acknowledge(packet_type::pubcomp, 1);
    CHECK(back.received() == lines{"PUBREL m1"});
}

TEST_CASE("QoS 2 towards the broker survives a reconnect without a second delivery",
          "[session][MQTT-4.3.3-10]") {
    stage here;
    peer receiver(here);
    receiver.connect("r");
    receiver.subscribe("t", qos::at_most_once);
    receiver.received();
    {
        peer one(here);
        one.connect("a", persistent());
        one.publish("t", "x", qos::exactly_once, 7);
        one.drop();
    }
    peer back(here);
    back.connect("a", persistent());
    back.publish("t", "x", qos::exactly_once, 7, false, true);
    back.acknowledge(packet_type::pubrel, 7);
    CHECK(back.received() == lines{"CONNACK present, Success", "PUBREC m7", "PUBCOMP m7"});
    CHECK(receiver.received() == lines{"PUBLISH d0 q0 r0 m0 t 'x'"});
}

TEST_CASE("a session expires after its interval, also one set in DISCONNECT",
          "[session][v5][MQTT-3.1.2-23][MQTT-4.1.0-2]") {
    stage here;
    {
        peer one(here);
        one.connect("a", v5(10));
        one.drop();
    }
    here.pass(9s);
    CHECK(here.hub->sessions() == 1);
    here.pass(2s);
    CHECK(here.hub->sessions() == 0);
    {
        peer one(here);
        one.connect("a", v5(10));
        std::string bytes;
        mqtt::disconnect leave;
        leave.props.add(property_id::session_expiry_interval, 1000U);
        encode(bytes, leave, version::v5);
        one.send_bytes(bytes);
    }
    here.pass(60s);
    CHECK(here.hub->sessions() == 1);
    here.pass(1000s);
    CHECK(here.hub->sessions() == 0);
}

TEST_CASE("a session without expiry can't be given one in DISCONNECT", "[session][v5]") {
    stage here;
    peer one(here);
    one.connect("a", v5());
    one.received();
    std::string bytes;
    mqtt::disconnect leave;
    leave.props.add(property_id::session_expiry_interval, 10U);
    encode(bytes, leave, version::v5);
    one.send_bytes(bytes);
    CHECK(one.received() == lines{"DISCONNECT Protocol Error", "closed"});
}

TEST_CASE("the will is published when the connection is lost, not after DISCONNECT",
          "[session][will][MQTT-3.1.2-8][MQTT-3.1.2-10]") {
    stage here;
    listener_at ears(here);
    connect_options options;
    options.will = last_words();
    {
        peer one(here);
        one.connect("a", options);
        one.disconnect();
    }
    CHECK(ears.one.received().empty());
    {
        peer one(here);
        one.connect("a", options);
        one.drop();
    }
    CHECK(ears.one.received() == will_heard);
    {
        peer one(here);
        one.connect("a", options);
        one.send_bytes(std::string("\x10\0", 2)); // breaks the protocol
    }
    CHECK(ears.one.received() == will_heard);
}

TEST_CASE("DISCONNECT with reason 0x04 publishes the will", "[session][will][v5][MQTT-3.1.2-8]") {
    stage here;
    listener_at ears(here);
    auto options = v5();
    options.will = last_words();
    peer one(here);
    one.connect("a", options);
    one.disconnect(reason::disconnect_with_will);
    CHECK(ears.one.received() == will_heard);
}

TEST_CASE("a delayed will waits, and a client that comes back in time takes it away",
          "[session][will][v5][MQTT-3.1.3-9]") {
    stage here;
    listener_at ears(here);
    auto options = v5(100, false);
    options.will = last_words(10);
    {
        peer one(here);
        one.connect("a", options);
        one.drop();
    }
    here.pass(5s);
    CHECK(ears.one.received().empty());
    {
        peer back(here);
        back.connect("a", options);
        here.pass(20s);
        CHECK(ears.one.received().empty());
        back.drop();
    }
    here.pass(11s);
    CHECK(ears.one.received() == will_heard);
}

TEST_CASE("a delayed will is published at the latest when the session ends",
          "[session][will][v5]") {
    stage here;
    listener_at ears(here);
    auto options = v5(5);
    options.will = last_words(100);
    {
        peer one(here);
        one.connect("a", options);
        one.drop();
    }
    here.pass(4s);
    CHECK(ears.one.received().empty());
    here.pass(2s);
    CHECK(ears.one.received() == will_heard);
    CHECK(here.hub->sessions() == 1); // the listener's
}

TEST_CASE("a take-over publishes the will of the connection that it ends",
          "[session][will][MQTT-3.1.4-3]") {
    stage here;
    listener_at ears(here);
    connect_options options;
    options.will = last_words();
    peer first(here), second(here);
    first.connect("a", options);
    second.connect("a");
    CHECK(ears.one.received() == will_heard);
}

TEST_CASE("a silent client is gone after one and a half keep alive periods",
          "[session][MQTT-3.1.2-22]") {
    stage here;
    listener_at ears(here);
    auto options = v5();
    options.keep_alive = 10;
    options.will = last_words();
    peer one(here);
    one.connect("a", options);
    one.received();
    here.pass(14s);
    one.send_bytes(std::string("\xC0\0", 2));
    here.pass(14s);
    CHECK(one.received() == lines{"PINGRESP"});
    here.pass(2s);
    CHECK(one.received() == lines{"DISCONNECT Keep Alive timeout", "closed"});
    CHECK(ears.one.received() == will_heard);
}

TEST_CASE("a keep alive beyond the server's is replaced in version 5 and refused before",
          "[session][MQTT-3.2.2-21]") {
    limits bounds;
    bounds.max_keepalive = 60;
    stage here(bounds);
    peer modern(here), old(here);
    auto options = v5();
    options.keep_alive = 600;
    modern.connect("m", options);
    const auto bytes = modern.received_bytes();
    CHECK(decode_connack(next_frame(bytes, varint_max).body, version::v5)
              ->props.number(property_id::server_keep_alive) == 60);
    connect_options v3;
    v3.keep_alive = 600;
    old.connect("o", v3);
    CHECK(old.received() == lines{"CONNACK new, Client Identifier not valid", "closed"});
}

TEST_CASE("a closed door refuses, and an answer that comes later is waited for",
          "[session][MQTT-3.1.4-2]") {
    struct slow_door final : access {
        void authenticate(const credentials& presented, const executor&, decided answer) override {
            seen.push_back(presented.username.value_or("-"));
            waiting.push_back(std::move(answer));
        }
        verdict authorize(const identity&, operation, std::string_view) const override {
            return verdict::allowed;
        }
        lines seen;
        std::vector<decided> waiting;
    };
    slow_door door;
    stage here({}, &door);
    peer one(here), two(here);
    one.connect("one");
    one.subscribe("t", qos::at_most_once); // must wait for the answer
    CHECK(one.received().empty());
    door.waiting[0](reason::success);
    CHECK(one.resumed);
    one.send_bytes({});
    CHECK(one.received() == lines{"CONNACK new, Success", "SUBACK m1, Success"});
    two.connect("two");
    door.waiting[1](reason::not_authorized);
    CHECK(two.received() == lines{"CONNACK new, Not authorized", "closed"});
    {
        peer gone(here);
        gone.connect("gone");
    }
    door.waiting[2](reason::success); // nobody is there any more
    CHECK(here.hub->sessions() == 1);
}

TEST_CASE("shutting down tells version 5 clients why, and publishes no will",
          "[session][MQTT-3.14.0-1]") {
    stage here;
    listener_at ears(here);
    auto options = v5();
    options.will = last_words();
    peer one(here);
    one.connect("a", options);
    one.received();
    here.begin();
    here.hub->shut_down(reason::server_shutting_down);
    here.hub->end_turn();
    CHECK(one.received() == lines{"DISCONNECT Server shutting down", "closed"});
    one.drop();
    CHECK(ears.one.received() == lines{"closed"});
}

TEST_CASE("an acknowledgement waits until the store has what it acknowledges", "[session][store]") {
    slow_store kept;
    stage here({}, nullptr, &kept);
    peer sender(here), receiver(here);
    sender.connect("s");
    receiver.connect("r", persistent());
    receiver.subscribe("t", qos::at_least_once);
    sender.received();
    sender.publish("t", "1", qos::at_least_once, 1);
    sender.publish("u", "2", qos::at_least_once,
                   2); // kept nowhere, but answers keep their order
    CHECK(sender.received().empty());
    kept.written = kept.last;
    here.begin();
    here.hub->end_turn();
    CHECK(sender.received() == lines{"PUBACK m1", "PUBACK m2"});
}

TEST_CASE(
    "packet identifiers in flight are never given twice, however long one is not acknowledged",
    "[session][MQTT-2.2.1-4][MQTT3-2.3.1-4]") {
    mqtt::outbound out;
    out.set_window(3);
    publication what;
    what.topic = "t";
    const auto kept = message::make(what, 1, {});
    const auto start = [&] { return out.start({kept, qos::at_least_once, false, {}, false}); };
    const auto first = start();
    const auto second = start();
    for (int i = 0; i < 200'000; ++i) {
        const auto id = start();
        REQUIRE(id != first);
        REQUIRE(id != second);
        REQUIRE(id != 0);
        REQUIRE(out.finish(id, qos::at_least_once));
    }
    CHECK(out.open() == 2);
    CHECK(out.finish(second, qos::at_least_once));
    CHECK_FALSE(out.finish(second, qos::at_least_once));
    CHECK(out.finish(first, qos::at_least_once));
    CHECK(out.open() == 0);
}
