// What those see who watch the broker: counters by transport, times, events, and what packets cost.
#include "mqtt/broker/events.hpp"
#include "mqtt/broker/packet_cost.hpp"
#include "mqtt/broker/readings.hpp"
#include "mqtt/types/histogram.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

using namespace mqtt;
using namespace script;

namespace {

// "client.connected client=a username=u", without what only the machine knows.
std::string line_of(const event& what) {
    std::string line(what.name);
    for (const auto& [name, value] : what.members) {
        if (name == "address" || name == "id")
            continue;
        line.append(" ").append(name).append("=");
        if (const auto* text = std::get_if<std::string>(&value))
            line += *text;
        else
            line += std::to_string(std::get<std::int64_t>(value));
    }
    return line;
}

struct watcher {
    explicit watcher(stage& here)
        : token(here.common->events.listen(
              [this](const event_ptr& what) { told.push_back(line_of(*what)); })) {}

    lines take() { return std::exchange(told, {}); }

    lines told;
    std::shared_ptr<void> token;
};

} // namespace

TEST_CASE("a time counts for the first step that is not shorter", "[metrics]") {
    histogram times;
    times.add(std::chrono::microseconds(100));
    times.add(std::chrono::nanoseconds(100'001), 3);
    times.add(std::chrono::seconds(11), 2);
    const auto now = times.read();
    CHECK(now.events.front() == 1);
    CHECK(now.events[1] == 3);
    CHECK(now.events.back() == 2);
    CHECK(now.count() == 6);
    CHECK(now.sum == std::chrono::microseconds(100) + 3 * std::chrono::nanoseconds(100'001) +
                         std::chrono::seconds(22));
}

TEST_CASE("messages are counted under the transport of those who send and receive them",
          "[metrics]") {
    stage here;
    peer sender(here), receiver(here);
    sender.connect("s");
    receiver.connect("r");
    receiver.subscribe("t", qos::at_most_once);
    sender.publish("t", "12345");
    const auto now = read_all(*here.hub);
    CHECK(now.of(metric::messages_received, way::mqtt) == 1);
    CHECK(now.of(metric::payload_bytes_received, way::mqtt) == 5);
    CHECK(now.of(metric::messages_sent, way::mqtt) == 1);
    CHECK(now.of(metric::payload_bytes_sent, way::mqtt) == 5);
    CHECK(now.of(metric::clients_connected, way::mqtt) == 2);
    CHECK(now.of(metric::messages_received, way::websocket) == 0);
    CHECK(now.sum(metric::messages_received) == 1);
    CHECK(now.subscriptions == 1);
    receiver.drop();
    CHECK(read_all(*here.hub).of(metric::clients_connected, way::mqtt) == 1);
}

TEST_CASE("events tell who comes, subscribes and goes", "[events]") {
    stage here;
    watcher watching(here);
    peer one(here);
    one.connect("one");
    CHECK(watching.take() == lines{"client.connected client=one transport=mqtt version=3.1.1"});
    one.subscribe("a/#", qos::at_least_once);
    CHECK(watching.take() == lines{"subscribed client=one filter=a/# qos=1"});
    unsubscribe packet;
    packet.packet_id = 2;
    packet.filters = {"a/#", "never"};
    one.send(packet);
    CHECK(watching.take() == lines{"unsubscribed client=one filter=a/#"});
    peer again(here);
    again.connect("one");
    CHECK(watching.take() == lines{"client.disconnected client=one transport=mqtt how=taken over",
                                   "client.connected client=one transport=mqtt version=3.1.1"});
    again.disconnect();
    CHECK(watching.take() ==
          lines{"client.disconnected client=one transport=mqtt how=disconnected"});
}

TEST_CASE("events tell what is retained and cleared, and nothing of the broker's own topics",
          "[events]") {
    stage here;
    watcher watching(here);
    peer one(here);
    one.connect("one");
    watching.take();
    one.publish("t", "123", qos::at_most_once, 0, true);
    CHECK(watching.take() == lines{"retained.set topic=t bytes=3"});
    one.publish("t", "", qos::at_most_once, 0, true);
    CHECK(watching.take() == lines{"retained.cleared topic=t"});
    one.publish("t", "", qos::at_most_once, 0, true); // there was nothing
    here.pass(std::chrono::seconds(30));              // $SYS is told anew
    CHECK(watching.take().empty());
}

TEST_CASE("who stops to watch hears nothing more, and so many may watch", "[events]") {
    event_hub hub;
    CHECK_FALSE(hub.has_listeners());
    std::vector<std::shared_ptr<void>> tokens;
    int told = 0;
    for (std::size_t i = 0; i < event_listeners_max; ++i) {
        tokens.push_back(hub.listen([&](const event_ptr&) { ++told; }));
        CHECK(tokens.back());
    }
    CHECK_FALSE(hub.listen([](const event_ptr&) {}));
    tokens.resize(2);
    hub.tell({"x", {}, {}});
    CHECK(told == 2);
    tokens.clear();
    CHECK_FALSE(hub.has_listeners());
}

TEST_CASE("a message costs its packet and what acknowledges it", "[cost]") {
    const auto cost = [](costed_message what) {
        const auto sum = cost_of_publishing(what);
        return std::vector{sum.to_server, sum.to_client, sum.packets};
    };
    using numbers = std::vector<std::uint64_t>;
    CHECK(cost({"home/lamp", "21.5", qos::at_most_once}) == numbers{17, 0, 1});
    CHECK(cost({"home/lamp", "21.5", qos::at_least_once}) == numbers{19, 4, 2});
    CHECK(cost({"home/lamp", "21.5", qos::exactly_once}) == numbers{19 + 4, 4 + 4, 4});
    CHECK(cost({"home/lamp", "21.5", qos::at_least_once, version::v3_1_1, alias_use::none, true}) ==
          numbers{19 + 6, 4 + 2, 2});
    CHECK(cost({"home/lamp", "21.5", qos::at_most_once, version::v5, alias_use::given}) ==
          numbers{17 + 1 + 3, 0, 1});
    CHECK(cost({"home/lamp", "21.5", qos::at_most_once, version::v5, alias_use::known}) ==
          numbers{17 + 1 + 3 - 9, 0, 1});
    const std::string large(70'000, 'x');
    CHECK(cost({"t", large, qos::at_most_once, version::v3_1_1, alias_use::none, true}) ==
          numbers{70'000 + 3 + 4 + 14, 0, 1});
    const auto received = cost_of_receiving({"t", "1", qos::at_least_once});
    CHECK(received.to_client == 8);
    CHECK(received.to_server == 4);
}
