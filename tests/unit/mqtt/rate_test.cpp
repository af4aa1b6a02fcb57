// Token buckets with a clock that stands still, whose bucket it is, and what a client without room
// is made to do.
#include "mqtt/auth/rate_buckets.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

using namespace mqtt;
using namespace script;

namespace {

constexpr token_rate ten_a_second{std::chrono::milliseconds(100), 20};

identity somebody(std::string username, std::string address) {
    identity who;
    who.username = std::move(username);
    who.address = std::move(address);
    return who;
}

} // namespace

TEST_CASE("a bucket gives its burst at once, and then what comes back", "[rate]") {
    rate_bucket bucket;
    steady_time now{1h};
    for (std::uint32_t left = 20; left-- > 0;) {
        const auto standing = bucket.take(ten_a_second, now);
        REQUIRE(standing.allowed);
        CHECK(standing.remaining == left);
    }
    auto refused = bucket.take(ten_a_second, now);
    CHECK_FALSE(refused.allowed);
    CHECK(refused.remaining == 0);
    CHECK(refused.until_allowed == 100ms);
    CHECK(refused.until_full == 2s);
    CHECK_FALSE(bucket.take(ten_a_second, now + 99ms).allowed);
    CHECK(bucket.take(ten_a_second, now + 100ms).allowed);
    CHECK_FALSE(bucket.take(ten_a_second, now + 100ms).allowed);
    CHECK(bucket.is_full(now + 3s));
    CHECK_FALSE(bucket.is_full(now + 2s));
}

TEST_CASE("a bucket holds no more than its burst, however long nobody takes", "[rate]") {
    rate_bucket bucket;
    unsigned taken = 0;
    while (bucket.take(ten_a_second, steady_time{1000h}).allowed)
        ++taken;
    CHECK(taken == 20);
}

TEST_CASE("looking at a bucket takes nothing", "[rate]") {
    rate_bucket bucket;
    const steady_time now{1h};
    for (int i = 0; i < 100; ++i)
        CHECK(bucket.look(ten_a_second, now).remaining == 20);
    while (bucket.take(ten_a_second, now).allowed) {
    }
    const auto empty = bucket.look(ten_a_second, now);
    CHECK_FALSE(empty.allowed);
    CHECK(empty.until_allowed == 100ms);
}

TEST_CASE("what is owed takes longer to come back, up to a bound", "[rate]") {
    rate_bucket bucket;
    const steady_time now{1h};
    for (int i = 0; i < 1000; ++i)
        bucket.owe(ten_a_second, now, 30s);
    CHECK_FALSE(bucket.look(ten_a_second, now + 28s).allowed);
    CHECK(bucket.look(ten_a_second, now + 28s + 100ms).allowed);
}

TEST_CASE("a key has one bucket while it is wanted, and no more than the bound are there",
          "[rate]") {
    rate_buckets buckets(3);
    const steady_time now{1h};
    const auto first = buckets.of("a", now);
    CHECK(buckets.of("a", now) == first);
    CHECK(buckets.of("b", now) != first);
    while (buckets.of("b", now)->take(ten_a_second, now).allowed) {
    }
    buckets.of("c", now);
    CHECK(buckets.size() == 3);
    CHECK(buckets.of("d", now) != nullptr); // in the place of c, which is as good as fresh
    CHECK_FALSE(buckets.of("b", now)->look(ten_a_second, now).allowed);
    const auto held = buckets.of("d", now);
    const auto shared = buckets.of("e", now);
    CHECK(buckets.of("f", now) == shared);
    CHECK(buckets.size() == 3);
    CHECK(buckets.of("a", now) == first);
    CHECK(buckets.of("g", now + 1h) != shared); // b has filled up meanwhile
}

TEST_CASE("a user has one bucket wherever it is, others have their address's", "[rate]") {
    CHECK(rate_key(somebody("alice", "203.0.113.7:1")) ==
          rate_key(somebody("alice", "198.51.100.1:2")));
    CHECK(rate_key(somebody("", "203.0.113.7:1")) == rate_key(somebody("", "203.0.113.7:2")));
    CHECK(rate_key(somebody("", "203.0.113.7:1")) != rate_key(somebody("", "203.0.113.8:1")));
    CHECK(rate_key(somebody("203.0.113.7", "x")) != rate_key(somebody("", "203.0.113.7:1")));
}

TEST_CASE("of an IPv6 address the first 64 bits count", "[rate]") {
    CHECK(address_group("[2001:db8:1:2:3:4:5:6]:99") == "2001:db8:1:2::/64");
    CHECK(address_group("[2001:db8:1:2::]:1") == address_group("[2001:db8:1:2:ffff::1]:2"));
    CHECK(address_group("[2001:db8:1:3::]:1") != address_group("[2001:db8:1:2::]:1"));
    CHECK(address_group("203.0.113.7:51234") == "203.0.113.7");
    CHECK(address_group("unix") == "unix");
    CHECK(address_group("unknown") == "unknown");
    CHECK(address_group("") == "");
    CHECK(address_group("[") == "");
}

TEST_CASE("a client that publishes too much is not read from, and loses nothing", "[rate]") {
    stage here;
    here.listener.rate = {2, 3, true};
    peer loud(here), ear(here);
    ear.connect("ear");
    ear.subscribe("t", qos::at_most_once);
    ear.received();
    loud.connect("loud");
    loud.received();
    for (int i = 1; i <= 5; ++i)
        loud.publish("t", std::to_string(i), qos::at_least_once, static_cast<std::uint16_t>(i));
    CHECK(loud.received() == lines{"PUBACK m1", "PUBACK m2", "PUBACK m3"});
    CHECK(ear.received().size() == 3);
    here.pass(500ms);
    loud.send_bytes("");
    CHECK(loud.received() == lines{"PUBACK m4"});
    here.pass(500ms);
    loud.send_bytes("");
    CHECK(loud.received() == lines{"PUBACK m5"});
    CHECK(ear.received() == lines{"PUBLISH d0 q0 r0 m0 t '4'", "PUBLISH d0 q0 r0 m0 t '5'"});
}

TEST_CASE("clients of one user share what it may publish", "[rate]") {
    stage here;
    here.listener.rate = {1, 2, true};
    peer left(here), right(here);
    for (auto* each : {&left, &right}) {
        each->connect(each == &left ? "left" : "right"); // both from the same address
        each->received();
    }
    left.publish("t", "1", qos::at_least_once, 1);
    right.publish("t", "2", qos::at_least_once, 2);
    left.publish("t", "3", qos::at_least_once, 3);
    CHECK(left.received() == lines{"PUBACK m1"});
    CHECK(right.received() == lines{"PUBACK m2"});
    here.pass(1s);
    left.send_bytes("");
    CHECK(left.received() == lines{"PUBACK m3"});
}

TEST_CASE("who may only publish so much over HTTP is told so, and shares with MQTT", "[rate]") {
    stage here;
    here.listener.rate = {1, 2, true};
    peer device(here);
    device.connect("device");
    device.received();
    here.begin();
    identity who;
    who.client_id = "http:1";
    who.address = "192.0.2.1:80"; // where the peers of a stage are, too
    local_client web(*here.hub, here.open_door, who);
    web.limit_rate(here.listener.rate);
    std::optional<publish_outcome> said;
    const auto publish = [&] {
        publish_request what;
        what.topic = "t";
        web.publish(what, [&](const publish_outcome& outcome) { said = outcome; });
        REQUIRE(said.has_value());
        REQUIRE(said->rate.has_value());
        return said->reason;
    };
    CHECK(publish() == reason::no_matching_subscribers);
    CHECK(said->rate->remaining == 1);
    CHECK(publish() == reason::no_matching_subscribers);
    CHECK(publish() == reason::message_rate_too_high);
    CHECK(said->rate->until_allowed == 1s);
    device.publish("t", "1", qos::at_least_once, 1);
    CHECK(device.received().empty());
}

TEST_CASE("who is narrowed to filters may do nothing beyond them", "[access]") {
    identity who;
    who.only = std::make_shared<const std::vector<std::string>>(
        std::vector<std::string>{"home/#", "door/+/bell"});
    const anonymous_access door(true);
    CHECK(door.allows(who, operation::subscribe, "home/#"));
    CHECK(door.allows(who, operation::subscribe, "home/+/temp"));
    CHECK(door.allows(who, operation::subscribe, "door/1/bell"));
    CHECK_FALSE(door.allows(who, operation::subscribe, "#"));
    CHECK_FALSE(door.allows(who, operation::subscribe, "+/kitchen"));
    CHECK_FALSE(door.allows(who, operation::subscribe, "door/#"));
    CHECK(door.allows(who, operation::receive, "home/kitchen"));
    CHECK_FALSE(door.allows(who, operation::receive, "garden"));
    CHECK(door.allows(who, operation::publish, "home/lamp"));
    CHECK_FALSE(door.allows(who, operation::publish, "door/1/lock"));
    who.only = nullptr;
    CHECK(door.allows(who, operation::subscribe, "#"));
}

TEST_CASE("a throttled client is not gone for being silent", "[rate][MQTT-3.1.2-22]") {
    stage here;
    here.listener.rate = {1, 1, true};
    peer loud(here), other(here);
    connect_options options;
    options.keep_alive = 1;
    loud.connect("loud", options);
    loud.received();
    loud.publish("t", "1", qos::at_least_once, 1);
    loud.publish("t", "2", qos::at_least_once, 2);
    CHECK(loud.received() == lines{"PUBACK m1"});
    here.pass(2s); // longer than one and a half periods after the packet that was read
    loud.send_bytes("");
    CHECK(loud.received() == lines{"PUBACK m2"});
}
