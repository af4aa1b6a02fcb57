// Lists in the forms that are not envelopes.
#include "rest/list_text.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace {

mqtt::message_ptr value(std::string_view topic, std::string_view payload) {
    mqtt::publication what;
    what.topic = topic;
    what.payload = payload;
    return mqtt::message::make(what, 1, mqtt::wall_time{});
}

} // namespace

TEST_CASE("a list as text has one line for each value, whatever the payload holds", "[list]") {
    const std::vector values{value("a/b", "21.5"), value("a/c", "1\r\n2"), value("d", "\xFF")};
    CHECK(rest::list_as_text(values) == "a/b 21.5\na/c 1\\r\\n2\nd base64:/w==\n");
    CHECK(rest::list_as_text({}) == "");
}

TEST_CASE("a list as CSV quotes what it must", "[list]") {
    const std::vector values{value("a,b", "say \"on\"\n"), value("c", "\xFF")};
    const auto csv = rest::list_as_csv(values);
    CHECK(csv.starts_with("topic,payload,enc,qos,id,ts\r\n\"a,b\",\"say \"\"on\"\"\n\",,0,"));
    CHECK(csv.find("\r\nc,/w==,base64,0,") != std::string::npos);
    CHECK(csv.ends_with(",1970-01-01T00:00:00.000Z\r\n"));
}

TEST_CASE("a list as a tree keeps a topic's own value beside those below it", "[list]") {
    const std::vector values{value("a", "on"), value("a b/c", "1"), value("a/b", "{\"/\": 1}"),
                             value("a/b/", "end"), value("/x", "root")};
    const auto plain = nlohmann::json::parse(rest::list_as_tree(values, false));
    CHECK(plain == nlohmann::json::parse(R"({"a":{"/":"on","b":{"/":"{\"/\": 1}","":"end"}},
                                             "a b":{"c":"1"},"":{"x":"root"}})"));
    const auto parsed = nlohmann::json::parse(rest::list_as_tree(values, true));
    CHECK(parsed.at("a").at("b").at("/") == nlohmann::json::parse(R"({"/":1})"));
    CHECK(nlohmann::json::parse(rest::list_as_tree({}, true)) == nlohmann::json::object());
}
