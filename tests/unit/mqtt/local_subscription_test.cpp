// A subscription of an in-process client while it runs: its filters come and go.
#include "mqtt/broker/local_client.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <array>

using namespace mqtt;
using namespace script;

namespace {

class ear final : public message_sink {
public:
    void on_message(const message_ptr& what, qos, bool retained) override {
        seen.push_back(std::string(what->topic()) + (retained ? " retained" : " live"));
    }
    lines heard() { return std::exchange(seen, {}); }

    lines seen;
};

subscribe_request filters(std::vector<std::string> names) {
    return {std::move(names), qos::at_least_once};
}

} // namespace

TEST_CASE("a filter that is added brings its retained messages, and none that came before",
          "[broker][local]") {
    stage here;
    peer sender(here);
    sender.connect("s");
    for (const char* topic : {"a/1", "a/2", "b/1"})
        sender.publish(topic, "x", qos::at_most_once, 0, true);
    local_client client(*here.hub, here.open_door, {});
    ear to;
    reason failure{};
    auto running = client.subscribe(filters({"a/+"}), to, failure);
    REQUIRE(running);
    CHECK(to.heard() == lines{"a/1 retained", "a/2 retained"});
    CHECK(running->add(filters({"#", "a/+", "bad/#/x"})) ==
          std::vector<reason>{reason::granted_qos_1, reason::granted_qos_1,
                              reason::topic_filter_invalid});
    CHECK(to.heard() == lines{"b/1 retained"});
    CHECK(running->filters().size() == 2);
    sender.publish("a/1", "x");
    CHECK(to.heard() == lines{"a/1 live"}); // once, by two filters
}

TEST_CASE("a filter that is removed selects nothing more", "[broker][local]") {
    stage here;
    peer sender(here);
    sender.connect("s");
    local_client client(*here.hub, here.open_door, {});
    ear to;
    reason failure{};
    auto running = client.subscribe(filters({"a", "b"}), to, failure);
    CHECK(running->remove("a"));
    CHECK_FALSE(running->remove("a"));
    CHECK_FALSE(running->remove("c"));
    sender.publish("a", "x");
    sender.publish("b", "x");
    CHECK(to.heard() == lines{"b live"});
    CHECK(running->remove("b"));
    CHECK(running->filters().empty());
    sender.publish("b", "x");
    CHECK(to.heard().empty());
    running->add(filters({"a"}));
    sender.publish("a", "x");
    CHECK(to.heard() == lines{"a live"});
}

TEST_CASE("only retained messages behind an id are told where that is wanted", "[broker][local]") {
    stage here;
    peer sender(here);
    sender.connect("s");
    for (const char* topic : {"a/1", "a/2", "a/3"})
        sender.publish(topic, "x", qos::at_most_once, 0, true);
    local_client client(*here.hub, here.open_door, {});
    auto wanted = filters({"a/#"});
    wanted.retained_after = client.retained("a/2")->id();
    ear to;
    reason failure{};
    const auto running = client.subscribe(wanted, to, failure);
    CHECK(to.heard() == lines{"a/3 retained"});
}

TEST_CASE("a quiet subscription does not hear of its owner, and another one does",
          "[broker][local]") {
    stage here;
    local_client client(*here.hub, here.open_door, {});
    ear quiet, loud;
    reason failure{};
    auto wanted = filters({"a"});
    const auto open = client.subscribe(wanted, loud, failure);
    wanted.no_local = true;
    const auto shut = client.subscribe(wanted, quiet, failure);
    const std::array own{shut->number(), open->number()};
    CHECK(own[0] != own[1]);
    publish_request what;
    what.topic = "a";
    what.payload = "x";
    what.unheard_by = own;
    std::uint32_t matched = 0;
    client.publish(what, [&](const publish_outcome& outcome) { matched = outcome.matched; });
    CHECK(matched == 1);
    CHECK(quiet.heard().empty());
    CHECK(loud.heard() == lines{"a live"}); // it did not ask for silence
    what.unheard_by = {};
    client.publish(what, [](const publish_outcome&) {});
    CHECK(quiet.heard() == lines{"a live"});
}
