// URI to topic and back, section 2 of the contract of the HTTP face.
#include "rest/query_options.hpp"
#include "rest/topic_address.hpp"
#include "tests/support/catch2_any.hpp"

#include <string>

using namespace rest;

namespace {

checked<topic_address> reading(std::optional<std::string_view> path,
                               std::string_view options = {}) {
    const auto asked = query::parse(options);
    REQUIRE(asked.has_value());
    return address_to_read(path, *asked);
}

checked<topic_address> publishing(std::optional<std::string_view> path,
                                  std::string_view options = {}) {
    const auto asked = query::parse(options);
    REQUIRE(asked.has_value());
    return address_to_publish(path, *asked);
}

std::string name_of(std::string_view path) {
    const auto address = publishing(path);
    INFO(path);
    REQUIRE(address.has_value());
    return address->name;
}

std::string filter_of(std::optional<std::string_view> path, std::string_view options = {}) {
    const auto address = reading(path, options);
    REQUIRE(address.has_value());
    REQUIRE(address->filters.size() == 1);
    return address->filters[0];
}

} // namespace

TEST_CASE("levels of a path are decoded once, and an escaped slash is a slash", "[address]") {
    CHECK(name_of("home/kitchen/temp") == "home/kitchen/temp");
    CHECK(name_of("home%2Fkitchen%2ftemp") == "home/kitchen/temp");
    CHECK(name_of("a%2520b") == "a%20b");
    CHECK(name_of("gr%C3%BC%C3%9Fe") == "grüße");
    CHECK(name_of("/a") == "/a");
    CHECK(name_of("a//b/") == "a//b/");
    CHECK(name_of("%24SYS/x") == "$SYS/x");
}

TEST_CASE("wildcards of a path select, and are refused in a name", "[address]") {
    CHECK(filter_of("home/+/temp") == "home/+/temp");
    CHECK(filter_of("home/%23") == "home/#");
    CHECK(filter_of("home", "tree") == "home/#");
    CHECK(filter_of("home", "depth=1") == "home/+");
    for (const char* path : {"home/+/temp", "home/%23", "a%2Bb"}) {
        const auto address = publishing(path);
        REQUIRE_FALSE(address.has_value());
        CHECK(address.error().id == problem_id::wildcard_in_topic_name);
    }
}

TEST_CASE("in a query a plus that fills a level is the wildcard and any other is a space",
          "[address]") {
    CHECK(filter_of(std::nullopt, "filter=a/+/b") == "a/+/b");
    CHECK(filter_of(std::nullopt, "filter=a/%2B/b") == "a/+/b");
    CHECK(filter_of(std::nullopt, "filter=%23") == "#");
    const auto spaced = reading(std::nullopt, "topic=living+room/temp");
    REQUIRE(spaced.has_value());
    CHECK(spaced->name == "living room/temp");
    const auto dots = publishing(std::nullopt, "topic=a/../b");
    REQUIRE(dots.has_value());
    CHECK(dots->name == "a/../b");
}

TEST_CASE("a bad escape, control characters, bad UTF-8 and too many levels are refused",
          "[address]") {
    CHECK(publishing("a/%zz").error().id == problem_id::bad_percent_escape);
    CHECK(publishing("a/%4").error().id == problem_id::bad_percent_escape);
    for (const char* path : {"a%00b", "a%0Ab", "a%C2%85b", "a%FFb", "a%ED%A0%80"}) {
        INFO(path);
        CHECK(publishing(path).error().id == problem_id::topic_name_invalid);
    }
    std::string deep = "a";
    for (std::size_t i = 1; i < uri_levels_max; ++i)
        deep += "/a";
    CHECK(publishing(deep).has_value());
    CHECK_FALSE(publishing(deep + "/a").has_value());
    CHECK_FALSE(publishing("").has_value());
    CHECK(reading("a/%23/b").error().id == problem_id::topic_filter_invalid);
}

TEST_CASE("several filters are taken up to the bound", "[address]") {
    std::string options = "filter=a0";
    for (std::size_t i = 1; i < filters_max; ++i)
        options += "&filter=a" + std::to_string(i);
    CHECK(reading(std::nullopt, options)->filters.size() == filters_max);
    CHECK(reading(std::nullopt, options + "&filter=more").error().id ==
          problem_id::too_many_filters);
}

TEST_CASE("a topic's URI leads back to the topic", "[address]") {
    for (const std::string topic : {"a/b", "/a", "a//", "living room/temp", "50%", "a?b&c=d", "ü/€",
                                    "$SYS/x", "a/../b", "./x"}) {
        const auto uri = topic_uri(topic);
        INFO(topic << " as " << uri);
        const std::string prefix = "/topics/";
        const auto address = uri.starts_with(prefix)
                                 ? publishing(std::string_view(uri).substr(prefix.size()))
                                 : publishing(std::nullopt, std::string_view(uri).substr(8));
        REQUIRE(address.has_value());
        CHECK(address->name == topic);
    }
}

TEST_CASE("an option that is misspelt or misplaced is refused, never ignored",
          "[options]") {
    const auto verdict = [](std::string_view options, purpose what) {
        const auto asked = query::parse(options);
        REQUIRE(asked.has_value());
        return check_options(*asked, what);
    };
    CHECK(verdict("qos=1&x-mine=2", purpose::publish).has_value());
    const auto slip = verdict("qso=1", purpose::publish);
    REQUIRE_FALSE(slip.has_value());
    CHECK(slip.error().id == problem_id::unknown_parameter);
    CHECK(slip.error().hint == "Did you mean 'qos'?");
    CHECK_FALSE(verdict("wait=1", purpose::publish).has_value());
    CHECK(verdict("reply=5", purpose::publish).has_value());
    CHECK_FALSE(verdict("reply=5", purpose::clear).has_value());
}
