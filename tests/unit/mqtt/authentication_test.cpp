// AUTH: an exchange before the client is in, and again while it is, MQTT 5 section 4.12.
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

using namespace mqtt;
using namespace script;

namespace {

// Asks three times who is there; the third answer must be "me".
class three_steps final : public exchange {
public:
    step next(std::string_view received) override {
        seen_ += received;
        if (++count_ < 3)
            return {reason::continue_authentication, "step " + std::to_string(count_)};
        if (received != "me")
            return {reason::not_authorized, {}};
        return {reason::success, "welcome"};
    }
    const std::string& username() const override { return username_; }

private:
    int count_ = 0;
    std::string seen_;
    std::string username_ = "me";
};

class counting_door final : public access {
public:
    void authenticate(const credentials&, const executor&, decided answer) override {
        answer(reason::success);
    }
    std::unique_ptr<exchange> begin(std::string_view method, std::uint16_t) override {
        return method == "three" ? std::make_unique<three_steps>() : nullptr;
    }
    verdict authorize(const identity& who, operation, std::string_view) const override {
        last_username = who.username;
        return verdict::allowed;
    }
    mutable std::string last_username;
};

auth step(reason code, std::string_view method, std::string_view bytes) {
    auth packet;
    packet.reason = code;
    packet.props.add(property_id::authentication_method, method);
    packet.props.add(property_id::authentication_data, bytes);
    return packet;
}

connect_options by(std::string_view method) {
    connect_options options;
    options.version = version::v5;
    options.props.add(property_id::authentication_method, method);
    options.props.add(property_id::authentication_data, "hello");
    return options;
}

constexpr auto on = reason::continue_authentication;

} // namespace

TEST_CASE("an exchange by AUTH lets a client in under the name that it proved",
          "[authentication][MQTT-4.12.0-2][MQTT-4.12.0-5][v5]") {
    counting_door door;
    stage here({}, &door);
    peer one(here);
    one.connect("one", by("three"));
    CHECK(one.received() == lines{"AUTH Continue authentication three 'step 1'"});
    one.send(step(on, "three", "more"));
    CHECK(one.received() == lines{"AUTH Continue authentication three 'step 2'"});
    one.send(step(on, "three", "me"));
    CHECK(one.received() == lines{"CONNACK new, Success method three 'welcome'"});
    one.subscribe("t", qos::at_most_once);
    CHECK(door.last_username == "me");
    CHECK(one.received() == lines{"SUBACK m1, Success"});
}

TEST_CASE("AUTH holds the method and its data, and nothing else that the client might not take",
          "[authentication][MQTT-3.15.2-2][MQTT-3.15.2-3][v5]") {
    counting_door door;
    stage here({}, &door);
    peer fits(here), narrow(here);
    auto options = by("three");
    options.props.add(property_id::maximum_packet_size, 21);
    fits.connect("fits", options);
    CHECK(fits.received_bytes() == std::string("\xF0\x13\x18\x11\x15\0\5three\x16\0\6step 1", 21));
    auto less = by("three");
    less.props.add(property_id::maximum_packet_size, 20);
    narrow.connect("narrow", less);
    CHECK(narrow.received() == lines{"closed"});
}

TEST_CASE("a method that is not known is refused by name", "[authentication][MQTT-4.12.0-1][v5]") {
    counting_door door;
    stage here({}, &door);
    peer one(here);
    one.connect("one", by("four"));
    CHECK(one.received() == lines{"CONNACK new, Bad authentication method", "closed"});
    CHECK(here.hub->sessions() == 0);
}

TEST_CASE("an exchange that fails ends with CONNACK", "[authentication][MQTT-4.12.0-4][v5]") {
    counting_door door;
    stage here({}, &door);
    peer one(here);
    one.connect("one", by("three"));
    one.send(step(on, "three", ""));
    one.send(step(on, "three", "you"));
    one.received();
    CHECK(one.machine.now() == connection::state::closing);
    CHECK(here.hub->sessions() == 0);
}

TEST_CASE("between CONNECT and CONNACK of an exchange only AUTH and DISCONNECT may come",
          "[authentication][MQTT-3.1.2-30][v5]") {
    counting_door door;
    stage here({}, &door);
    peer asks(here), leaves(here), repeats(here);
    asks.connect("asks", by("three"));
    asks.received();
    asks.subscribe("t", qos::at_most_once);
    CHECK(asks.received() == lines{"closed"});
    leaves.connect("leaves", by("three"));
    leaves.received();
    leaves.disconnect();
    CHECK(leaves.received() == lines{"closed"});
    repeats.connect("repeats", by("three"));
    repeats.received();
    repeats.connect("repeats", by("three"));
    CHECK(repeats.received() == lines{"closed"});
    CHECK(here.hub->sessions() == 0);
}

TEST_CASE("AUTH must keep to the method and to its turn",
          "[authentication][MQTT-4.12.0-3][MQTT-4.12.0-5][MQTT-3.15.2-1][v5]") {
    const auto [code, method] = GENERATE(table<reason, std::string>({
        {on, "four"},
        {reason::reauthenticate, "three"},
        {reason::success, "three"},
        {reason::not_authorized, "three"},
    }));
    counting_door door;
    stage here({}, &door);
    peer one(here);
    one.connect("one", by("three"));
    one.received();
    one.send(step(code, method, ""));
    CHECK(one.received() == lines{"closed"});
}

TEST_CASE("AUTH without a method in CONNECT is a protocol error",
          "[authentication][MQTT-4.12.0-6][MQTT-4.12.0-7][v5]") {
    counting_door door;
    stage here({}, &door);
    peer one(here);
    connect_options options;
    options.version = version::v5;
    one.connect("one", options);
    CHECK(one.received() == lines{"CONNACK new, Success"});
    one.send(step(reason::reauthenticate, "three", ""));
    CHECK(one.received() == lines{"DISCONNECT Protocol Error", "closed"});
}

TEST_CASE("a client may show anew who it is, and goes on if it is the same",
          "[authentication][MQTT-4.12.1-1][MQTT-4.12.1-2][v5]") {
    counting_door door;
    stage here({}, &door);
    peer one(here);
    one.connect("one", by("three"));
    one.send(step(on, "three", ""));
    one.send(step(on, "three", "me"));
    one.received();
    one.send(step(reason::reauthenticate, "three", ""));
    one.publish("t", "between", qos::at_least_once, 7); // goes on meanwhile
    one.send(step(on, "three", ""));
    CHECK(one.received() == lines{"AUTH Continue authentication three 'step 1'",
                                  "PUBACK m7 No matching subscribers",
                                  "AUTH Continue authentication three 'step 2'"});
    SECTION("and proves it") {
        one.send(step(on, "three", "me"));
        CHECK(one.received() == lines{"AUTH Success three 'welcome'"});
        one.send(step(on, "three", "")); // nothing runs
        CHECK(one.received() == lines{"DISCONNECT Protocol Error", "closed"});
    }
    SECTION("and fails") {
        one.send(step(on, "three", "you"));
        CHECK(one.received() == lines{"DISCONNECT Not authorized", "closed"});
    }
    SECTION("and changes the method") {
        one.send(step(on, "four", "me"));
        CHECK(one.received() == lines{"DISCONNECT Protocol Error", "closed"});
    }
}
