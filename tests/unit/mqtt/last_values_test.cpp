// The newest message of each topic, within bounds.
#include "mqtt/broker/last_values.hpp"
#include "tests/support/catch2_any.hpp"

#include <string>

namespace {

mqtt::message_ptr message(std::string_view topic, std::string_view payload, std::uint64_t id) {
    mqtt::publication what;
    what.topic = topic;
    what.payload = payload;
    return mqtt::message::make(what, id, {});
}

} // namespace

TEST_CASE("the newest message of a topic is remembered, by its id", "[last_value]") {
    mqtt::last_values values;
    CHECK_FALSE(values.find("a"));
    values.put(message("a", "1", 1));
    values.put(message("a", "3", 3));
    values.put(message("a", "2", 2)); // another shard was slower
    values.put(message("b", "", 4));
    CHECK(values.find("a")->payload() == "3");
    CHECK(values.find("b")->payload().empty());
}

TEST_CASE("the topics that were silent for longest are forgotten first", "[last_value]") {
    mqtt::last_values values(3);
    std::uint64_t id = 0;
    for (const auto* topic : {"a", "b", "c", "a", "d"})
        values.put(message(topic, "x", ++id));
    CHECK(values.find("a"));
    CHECK_FALSE(values.find("b"));
    CHECK(values.find("c"));
    CHECK(values.find("d"));
}

TEST_CASE("what is remembered has a bounded size", "[last_value]") {
    mqtt::last_values values(100, 10'000);
    for (std::uint64_t id = 1; id <= 20; ++id)
        values.put(message("t" + std::to_string(id), std::string(2'000, 'x'), id));
    CHECK_FALSE(values.find("t16"));
    CHECK(values.find("t17"));
    values.put(message("t20", std::string(20'000, 'x'), 21)); // by itself too large
    CHECK_FALSE(values.find("t20"));
    CHECK(values.find("t19"));
}
