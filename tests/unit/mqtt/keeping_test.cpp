// What the store is told, and which answers wait for it: the promise that nothing acknowledged is
// lost, seen from the broker. The store here writes when it is told to.
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

using namespace mqtt;
using namespace script;

namespace {

connect_options v3_kept() {
    connect_options options;
    options.clean_start = false;
    return options;
}

connect_options v5_kept(bool clean = false) {
    connect_options options;
    options.version = version::v5;
    options.clean_start = clean;
    options.props.add(property_id::session_expiry_interval, 3600U);
    return options;
}

connect_options v5_clean() {
    connect_options options;
    options.version = version::v5;
    return options;
}

class crowded_store final : public store {
public:
    bool is_crowded() const override { return crowded; }
    bool crowded = true;
};

// A broker over a store that writes when write() is called.
struct world {
    slow_store kept;
    stage here{{}, nullptr, &kept};

    void turn() {
        here.begin();
        here.hub->end_turn();
    }
    void write() {
        kept.written = kept.last;
        turn();
    }
    // Connects, and subscribes where there is a filter; all of it is on disk.
    void settle(peer& who, std::string_view id, connect_options options,
                std::string_view filter = {}, qos level = qos::exactly_once) {
        who.connect(id, options);
        write();
        if (!filter.empty())
            who.subscribe(filter, level);
        write();
        who.received();
    }
    template <class Change>
    std::size_t count() const {
        std::size_t found = 0;
        for (const auto& each : kept.told)
            found += std::holds_alternative<Change>(each) ? 1 : 0;
        return found;
    }
};

} // namespace

TEST_CASE("what is kept nowhere is acknowledged at once, whoever else waits", "[store]") {
    world all;
    peer away(all.here), sender(all.here), other(all.here);
    all.settle(away, "away", v3_kept(), "kept", qos::at_least_once);
    away.drop();
    all.settle(sender, "sender", v5_clean());
    all.settle(other, "other", v5_clean());
    sender.publish("kept", "1", qos::at_least_once, 1);
    other.publish("nowhere", "2", qos::at_least_once, 1);
    CHECK(sender.received().empty());
    CHECK(other.received() == lines{"PUBACK m1 No matching subscribers"});
    all.write();
    CHECK(sender.received() == lines{"PUBACK m1"});
}

TEST_CASE("SUBACK and UNSUBACK of a session that is kept wait, those of others do not", "[store]") {
    world all;
    peer kept(all.here), clean(all.here);
    all.settle(kept, "kept", v3_kept());
    all.settle(clean, "clean", {});
    kept.subscribe("a", qos::at_least_once, 1);
    clean.subscribe("a", qos::at_least_once, 1);
    CHECK(kept.received().empty());
    CHECK(clean.received() == lines{"SUBACK m1, Granted QoS 1"});
    all.write();
    CHECK(kept.received() == lines{"SUBACK m1, Granted QoS 1"});
    mqtt::unsubscribe packet;
    packet.packet_id = 2;
    packet.filters.emplace_back("a");
    kept.send(packet);
    CHECK(kept.received().empty());
    all.write();
    CHECK(kept.received() == lines{"UNSUBACK m2"});
}

TEST_CASE("a QoS 2 message goes to a kept session when its identifier is on disk",
          "[store][MQTT-4.3.3-2]") {
    world all;
    peer receiver(all.here), sender(all.here);
    all.settle(receiver, "r", v3_kept(), "t");
    all.settle(sender, "s", {});
    sender.publish("t", "x", qos::exactly_once, 7);
    CHECK(receiver.received().empty());
    all.write();
    CHECK(receiver.received() == lines{"PUBLISH d0 q2 r0 m1 t 'x'"});
    CHECK(sender.received() == lines{"PUBREC m7"});
    receiver.acknowledge(packet_type::pubrec, 1);
    CHECK(receiver.received().empty()); // PUBREL would make the client forget the identifier
    all.write();
    CHECK(receiver.received() == lines{"PUBREL m1"});
    receiver.acknowledge(packet_type::pubcomp, 1);
    CHECK(all.count<entry_gone>() == 1);
}

TEST_CASE("a QoS 1 message goes to a kept session at once, and its sender hears when it is safe",
          "[store]") {
    world all;
    peer receiver(all.here), sender(all.here);
    all.settle(receiver, "r", v3_kept(), "t", qos::at_least_once);
    all.settle(sender, "s", {});
    sender.publish("t", "x", qos::at_least_once, 7);
    CHECK(receiver.received() == lines{"PUBLISH d0 q1 r0 m1 t 'x'"});
    CHECK(sender.received().empty());
    all.write();
    CHECK(sender.received() == lines{"PUBACK m7"});
}

TEST_CASE("PUBREC and PUBCOMP of a kept sender wait until its identifier is on disk",
          "[store][MQTT-4.3.3-8]") {
    world all;
    peer sender(all.here);
    all.settle(sender, "s", v3_kept());
    sender.publish("t", "x", qos::exactly_once, 7);
    CHECK(sender.received().empty());
    sender.publish("t", "x", qos::exactly_once, 7, false, true); // a repeat gets no second answer
    all.write();
    CHECK(sender.received() == lines{"PUBREC m7"});
    sender.acknowledge(packet_type::pubrel, 7);
    CHECK(sender.received().empty());
    all.write();
    CHECK(sender.received() == lines{"PUBCOMP m7"});
    CHECK(all.count<incoming_opened>() == 1);
    CHECK(all.count<incoming_closed>() == 1);
}

TEST_CASE("who is back gets what waited when its return is on disk", "[store][MQTT-4.4.0-1]") {
    world all;
    peer sender(all.here);
    {
        peer receiver(all.here);
        all.settle(receiver, "r", v3_kept(), "t");
        receiver.drop();
    }
    all.settle(sender, "s", {});
    sender.publish("t", "1", qos::at_least_once, 1);
    sender.publish("t", "2", qos::exactly_once, 2);
    all.write();
    peer again(all.here);
    again.connect("r", v3_kept());
    sender.publish("t", "3", qos::at_least_once, 3); // must not overtake
    CHECK(again.received() == lines{"CONNACK present, Success"});
    all.write();
    CHECK(again.received() == lines{"PUBLISH d0 q1 r0 m1 t '1'", "PUBLISH d0 q1 r0 m3 t '3'"});
    all.write();
    CHECK(again.received() == lines{"PUBLISH d0 q2 r0 m2 t '2'"});
}

TEST_CASE("a clean start over a kept session is answered when that is forgotten on disk",
          "[store][MQTT-3.1.2-4]") {
    world all;
    peer first(all.here), second(all.here);
    all.settle(first, "c", v5_kept(), "t");
    first.drop();
    all.write();
    second.connect("c", v5_kept(true));
    CHECK(second.received().empty());
    CHECK(all.count<session_gone>() == 1);
    all.write();
    CHECK(second.received() == lines{"CONNACK new, Success"});
    CHECK(second.resumed);
}

TEST_CASE("on a full disk a version 5 client hears quota exceeded, an older one is sent away",
          "[store]") {
    world all;
    peer away(all.here), modern(all.here), old(all.here);
    all.settle(away, "away", v3_kept(), "kept", qos::at_least_once);
    away.drop();
    all.settle(modern, "modern", v5_clean());
    all.settle(old, "old", {});
    all.write();

    SECTION("before anything is taken") {
        all.kept.room = false;
        modern.publish("kept", "1", qos::at_least_once, 1);
        modern.publish("nowhere", "2", qos::at_least_once, 2);
        modern.publish("kept", "3", qos::at_most_once);
        old.publish("kept", "4", qos::at_least_once, 1);
        CHECK(modern.received() ==
              lines{"PUBACK m1 Quota exceeded", "PUBACK m2 No matching subscribers"});
        CHECK(old.received() == lines{"closed"});
    }
    SECTION("for what was taken already") {
        modern.publish("kept", "1", qos::at_least_once, 1);
        modern.publish("kept", "2", qos::exactly_once, 2);
        old.publish("kept", "3", qos::at_least_once, 1);
        all.kept.full_at = all.kept.last;
        all.turn();
        CHECK(modern.received() == lines{"PUBACK m1 Quota exceeded", "PUBREC m2 Quota exceeded"});
        CHECK(old.received() == lines{"closed"});
        all.write(); // there is room again: nobody hears of it twice
        CHECK(modern.received().empty());
        modern.publish("kept", "4", qos::exactly_once, 2);
        all.write();
        CHECK(modern.received() == lines{"PUBREC m2"});
    }
}

TEST_CASE("while much waits for the disk, publishers do", "[store][regression]") {
    crowded_store kept;
    stage here{{}, nullptr, &kept};
    CHECK(here.hub->is_congested());
    kept.crowded = false;
    CHECK(!here.hub->is_congested());
}

TEST_CASE(
    "a client with as much on its way to the disk as it may have is read on when that is there",
    "[store]") {
    world all;
    peer away(all.here), sender(all.here);
    all.settle(away, "away", v3_kept(), "kept", qos::at_least_once);
    away.drop();
    all.settle(sender, "s", {});
    for (std::uint16_t id = 1; id <= receive_maximum; ++id)
        sender.publish("kept", "x", qos::at_least_once, id);
    CHECK(sender.machine.waits_for_store());
    sender.publish("kept", "y", qos::at_least_once, receive_maximum + 1);
    all.write();
    CHECK(sender.received().size() == receive_maximum);
    CHECK(sender.resumed);
    CHECK_FALSE(sender.machine.waits_for_store());
}
