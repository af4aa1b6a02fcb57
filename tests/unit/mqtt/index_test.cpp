// The subscription index and the retained store against the plain definition of a match.
#include "mqtt/broker/retained_store.hpp"
#include "mqtt/broker/subscription_index.hpp"
#include "mqtt/types/topic.hpp"
#include "tests/support/catch2_any.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace mqtt;

namespace {

subscriber_id someone(std::uint32_t slot) {
    return {0, slot, 1};
}

std::set<std::uint32_t> slots_of(const subscription_index& index, std::string_view topic) {
    route to;
    index.match(topic, to);
    std::set<std::uint32_t> slots;
    for (const auto& whom : to.recipients) {
        const bool first = slots.insert(whom.who.slot).second;
        CHECK(first); // nobody stands in a route twice
    }
    return slots;
}

message_ptr retained_message(std::string_view topic, std::string_view payload = "x",
                             steady_time expires_at = never) {
    publication what;
    what.topic = topic;
    what.payload = payload;
    what.retain = true;
    what.expires_at = expires_at;
    return message::make(what, 1, {});
}

std::vector<std::string> topics_of(const retained_store& store, std::string_view filter,
                                   std::string_view after = {}) {
    std::vector<std::string> topics;
    store.for_each_match(filter, after, [&](const message_ptr& found) {
        topics.emplace_back(found->topic());
        return true;
    });
    return topics;
}

// Texts made of few levels, so that many match.
std::string random_text(std::mt19937& random, const std::vector<std::string>& levels, bool filter) {
    std::string text;
    const auto count = 1 + random() % 4;
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0)
            text += '/';
        if (filter && i + 1 == count && random() % 4 == 0)
            return text + "#";
        text += filter && random() % 3 == 0 ? std::string("+") : levels[random() % levels.size()];
    }
    return text;
}

const std::vector<std::string> some_levels{"a", "b", "c", "", "$x", "a-", "lang"};

} // namespace

TEST_CASE("the index finds whom the definition of a match finds", "[index]") {
    std::mt19937 random(1);
    for (int round = 0; round < 40; ++round) {
        subscription_index index;
        std::map<std::pair<std::string, std::uint32_t>, bool> model;
        for (int step = 0; step < 120; ++step) {
            const auto filter = random_text(random, some_levels, true);
            const auto slot = static_cast<std::uint32_t>(random() % 50);
            if (!is_topic_filter(filter))
                continue;
            if (random() % 3 == 0) {
                CHECK(index.erase(filter, someone(slot)) == (model.erase({filter, slot}) == 1));
            } else {
                CHECK(index.insert(filter, someone(slot), {}) ==
                      model.emplace(std::pair(filter, slot), true).second);
            }
            CHECK(index.size() == model.size());
            const auto topic = random_text(random, some_levels, false);
            if (!is_topic_name(topic))
                continue;
            std::set<std::uint32_t> expected;
            for (const auto& [entry, unused] : model)
                if (matches(entry.first, topic))
                    expected.insert(entry.second);
            CHECK(slots_of(index, topic) == expected);
        }
    }
}

TEST_CASE("many subscribers of one filter come and go by hash", "[index]") {
    for (const std::string filter : {"one/topic", "one/+"}) {
        subscription_index index;
        for (std::uint32_t slot = 0; slot < 1000; ++slot)
            CHECK(index.insert(filter, someone(slot), {}));
        CHECK_FALSE(index.insert(filter, someone(500), {}));
        for (std::uint32_t slot = 0; slot < 1000; slot += 2)
            CHECK(index.erase(filter, someone(slot)));
        CHECK(slots_of(index, "one/topic").size() == 500);
        CHECK_FALSE(index.erase(filter, someone(0)));
    }
}

TEST_CASE("overlapping filters give the highest QoS and every identifier",
          "[index][MQTT-3.3.4-2][MQTT-3.3.4-3]") {
    subscription_index index;
    index.insert("a/+", someone(1), {qos::at_most_once, true, false, 7});
    index.insert("a/b", someone(1), {qos::exactly_once, false, true, 8});
    index.insert("#", someone(1), {qos::at_least_once, true, false, 0});
    route to;
    index.match("a/b", to);
    REQUIRE(to.recipients.size() == 2); // what others publish, and what it publishes itself
    const auto identifiers = [&](std::size_t at) {
        const auto list = to.identifiers_of(to.recipients[at]);
        return std::set<std::uint32_t>(list.begin(), list.end());
    };
    CHECK(to.recipients[0].qos == qos::exactly_once);
    CHECK(to.recipients[0].retain_as_published);
    CHECK(to.recipients[0].hears_of(someone(2)));
    CHECK_FALSE(to.recipients[0].hears_of(someone(1)));
    CHECK(identifiers(0) == std::set<std::uint32_t>{7, 8});
    CHECK(to.recipients[1].hears_of(someone(1)));
    CHECK_FALSE(to.recipients[1].hears_of(someone(2)));
    CHECK(identifiers(1) == std::set<std::uint32_t>{8});
}

TEST_CASE("a subscription with No Local adds nothing to what its own publisher gets",
          "[index][MQTT-3.8.3-3][regression]") {
    subscription_index index;
    index.insert("#", someone(1), {qos::at_most_once, false, false, 1});
    index.insert("t", someone(1), {qos::exactly_once, true, true, 2});
    route to;
    index.match("t", to);
    REQUIRE(to.recipients.size() == 2);
    const auto& own = to.recipients[1];
    CHECK(own.hears_of(someone(1)));
    CHECK(own.qos == qos::at_most_once);
    CHECK_FALSE(own.retain_as_published);
    REQUIRE(to.identifiers_of(own).size() == 1);
    CHECK(to.identifiers_of(own)[0] == 1);
}

TEST_CASE("the retained store finds what the definition of a match finds, in order", "[retained]") {
    std::mt19937 random(2);
    for (int round = 0; round < 60; ++round) {
        retained_store store;
        std::set<std::string> model;
        for (int i = 0; i < 60; ++i) {
            const auto topic = random_text(random, some_levels, false);
            if (!is_topic_name(topic))
                continue;
            const bool clear = random() % 5 == 0;
            store.set(retained_message(topic, clear ? "" : "x"));
            clear ? model.erase(topic) : model.insert(topic).second;
        }
        CHECK(store.size() == model.size());
        for (int i = 0; i < 40; ++i) {
            const auto filter = random_text(random, some_levels, true);
            if (!is_topic_filter(filter))
                continue;
            std::vector<std::string> expected;
            for (const auto& topic : model)
                if (matches(filter, topic))
                    expected.push_back(topic);
            INFO(filter);
            CHECK(topics_of(store, filter) == expected);
            if (expected.size() > 2) {
                const std::vector<std::string> later(expected.begin() + 2, expected.end());
                CHECK(topics_of(store, filter, expected[1]) == later);
            }
        }
    }
}

TEST_CASE("a retained value is replaced, cleared and gone when it expires",
          "[retained][MQTT-3.3.1-5][MQTT-3.3.1-6]") {
    retained_store store;
    CHECK(store.set(retained_message("t", "1")) == nullptr);
    CHECK(store.set(retained_message("t", "2"))->payload() == "1");
    CHECK(store.find("t")->payload() == "2");
    CHECK(store.set(retained_message("t", ""))->payload() == "2");
    CHECK(store.find("t") == nullptr);
    const steady_time soon{std::chrono::seconds(5)};
    store.set(retained_message("t", "3", soon));
    CHECK(store.take_expired(soon - std::chrono::seconds(1), 100).size() == 0);
    CHECK(store.take_expired(soon, 100).size() == 1);
    CHECK(store.size() == 0);
}
