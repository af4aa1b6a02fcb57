#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "tests/support/catch2_any.hpp"

#include <string>

using namespace mqtt;

TEST_CASE("a topic name has no wildcard, is not empty, and is UTF-8",
          "[topic][MQTT-3.3.2-2][MQTT-4.7.3-1]") {
    for (const char* name : {"a", "/", "//", "a/b", "/a", "a/", "$SYS/x", "über/straße"})
        CHECK(is_topic_name(name));
    for (const char* name : {"", "+", "#", "a/+", "a/#", "a+b", "\xC3", "\xED\xA0\x80"})
        CHECK_FALSE(is_topic_name(name));
    CHECK_FALSE(is_topic_name(std::string("a\0b", 3)));
    CHECK(is_topic_name(std::string(65'535, 'a')));
    CHECK_FALSE(is_topic_name(std::string(65'536, 'a')));
}

TEST_CASE("a topic has at most 200 levels", "[topic]") {
    CHECK(is_topic_name(std::string(topic_levels_max - 1, '/')));
    CHECK_FALSE(is_topic_name(std::string(topic_levels_max, '/')));
}

TEST_CASE("wildcards of a filter fill a level, and '#' is the last one",
          "[topic][MQTT-4.7.1-1][MQTT-4.7.1-2]") {
    for (const char* filter : {"#", "+", "a/#", "+/+/#", "/+", "+/", "a/+/b", "$SYS/#"})
        CHECK(is_topic_filter(filter));
    for (const char* filter : {"", "a#", "a/#/b", "#/a", "a+", "+a", "a/b+/c", "##", "++"})
        CHECK_FALSE(is_topic_filter(filter));
}

TEST_CASE("filters match as the standard's examples say", "[topic][MQTT-4.7.2-1]") {
    struct row {
        const char* filter;
        const char* name;
        bool matching;
    };
    for (const auto& [filter, name, matching] : {
             row{"sport/tennis/player1/#", "sport/tennis/player1", true},
             row{"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
             row{"sport/#", "sport", true},
             row{"sport/tennis/+", "sport/tennis/player1", true},
             row{"sport/tennis/+", "sport/tennis/player1/ranking", false},
             row{"sport/+", "sport", false},
             row{"sport/+", "sport/", true},
             row{"+/+", "/finance", true},
             row{"/+", "/finance", true},
             row{"+", "/finance", false},
             row{"#", "$SYS/x", false},
             row{"+/x", "$SYS/x", false},
             row{"$SYS/#", "$SYS/x", true},
             row{"$SYS/+", "$SYS/x", true},
             row{"a/b", "a/b", true},
             row{"a/b", "a/b/c", false},
             row{"a", "A", false},
         }) {
        INFO(filter << " and " << name);
        CHECK(matches(filter, name) == matching);
    }
}

TEST_CASE("a shared filter needs a group without wildcards and a filter",
          "[topic][MQTT-4.8.2-1][MQTT-4.8.2-2]") {
    const auto parts = parse_shared_filter("$share/group/a/+");
    REQUIRE(parts);
    CHECK(parts->group == "group");
    CHECK(parts->filter == "a/+");
    for (const char* text : {"$share/", "$share/g", "$share//a", "$share/g/", "$share/+/a",
                             "$share/g/a/#/b", "share/g/a"})
        CHECK_FALSE(parse_shared_filter(text));
}

TEST_CASE("UTF-8 is checked to the letter at every place of a word", "[utf8][MQTT-1.5.4-1]") {
    for (std::size_t before = 0; before < 17; ++before)
        for (const std::string_view bad :
             {std::string_view("\x80"), std::string_view("\xC0\xAF"),
              std::string_view("\xE0\x80\xAF"), std::string_view("\xED\xA0\x80"),
              std::string_view("\xF4\x90\x80\x80"), std::string_view("\xFE"),
              std::string_view("\0", 1)}) {
            const auto text = std::string(before, 'a') + std::string(bad) + "tail of some length";
            CHECK_FALSE(is_utf8_string(text));
        }
    for (std::size_t before = 0; before < 17; ++before)
        CHECK(is_utf8_string(std::string(before, 'a') + "é€𝄞" + "z"));
    CHECK(is_utf8(std::string("a\0b", 3)));
}
