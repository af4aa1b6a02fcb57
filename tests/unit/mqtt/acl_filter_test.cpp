// What filters of access rules have to do with topics and with filters: every short filter against
// every other, with topic names tried one by one as the judge.
#include "mqtt/auth/acl_filter.hpp"
#include "mqtt/types/topic.hpp"
#include "tests/support/catch2_any.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace mqtt;

namespace {

using texts = std::vector<std::string>;

// Each text of 1 to `levels_max` levels from these.
texts texts_of(const texts& levels, std::size_t levels_max) {
    texts all;
    texts longest = levels;
    for (std::size_t count = 1;; ++count) {
        all.insert(all.end(), longest.begin(), longest.end());
        if (count == levels_max)
            return all;
        texts longer;
        for (const auto& front : longest)
            for (const auto& level : levels)
                longer.push_back(front + "/" + level);
        longest = longer;
    }
}

texts short_filters() {
    texts filters;
    for (const auto& text : texts_of({"a", "b", "", "$x", "+", "#"}, 3))
        if (is_topic_filter(text))
            filters.push_back(text);
    return filters;
}

// A level more than the filters have, and one text, "c", that none of them has.
texts names_to_try() {
    texts names;
    for (const auto& text : texts_of({"a", "b", "c", "", "$x"}, 4))
        if (is_topic_name(text))
            names.push_back(text);
    return names;
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + by.size()))
        text.replace(at, part.size(), by);
    return text;
}

} // namespace

TEST_CASE("a rule speaks for the topics that its filter matches", "[acl][MQTT-4.7.2-1]") {
    const auto names = names_to_try();
    for (const auto& filter : short_filters())
        for (const auto& name : names)
            if (acl_matches(filter, nullptr, name) != matches(filter, name))
                FAIL_CHECK(filter << " and " << name);
}

TEST_CASE("filters overlap where a topic matches both, and one covers the other where each does",
          "[acl]") {
    const auto filters = short_filters();
    const auto names = names_to_try();
    REQUIRE(filters.size() > 150);
    std::vector<std::vector<char>> matching(filters.size());
    for (std::size_t at = 0; at < filters.size(); ++at)
        for (const auto& name : names)
            matching[at].push_back(matches(filters[at], name) ? 1 : 0);

    for (std::size_t ours = 0; ours < filters.size(); ++ours) {
        for (std::size_t theirs = 0; theirs < filters.size(); ++theirs) {
            bool overlap = false;
            bool cover = true;
            for (std::size_t name = 0; name < names.size(); ++name) {
                if (matching[theirs][name] == 0)
                    continue;
                overlap = overlap || matching[ours][name] != 0;
                cover = cover && matching[ours][name] != 0;
            }
            if (acl_overlaps(filters[ours], nullptr, filters[theirs]) != overlap)
                FAIL_CHECK(filters[ours] << " overlaps " << filters[theirs] << ": " << overlap);
            if (acl_covers(filters[ours], nullptr, filters[theirs]) != cover)
                FAIL_CHECK(filters[ours] << " covers " << filters[theirs] << ": " << cover);
        }
    }
}

TEST_CASE("the names of a client stand in a filter as if they had been written there", "[acl]") {
    const auto filters = texts_of({"a", "", "$x", "+", "#"}, 2);
    const auto topics = texts_of({"a", "b", "xa", "ab", "", "$x"}, 3);
    for (const auto& pattern :
         texts_of({"a", "+", "#", "%u", "x%u", "%c", "%u%c", "%%", "%u%", "$x"}, 3)) {
        if (!is_topic_filter(pattern))
            continue;
        for (const auto& [username, client_id] : {std::pair<std::string, std::string>{"a", "b"},
                                                  {"a/b", "a"},
                                                  {"/", "a/"},
                                                  {"b", "%u"}}) {
            const acl_names names{username, client_id};
            // In one go, so that a client id "%u" stays what it is.
            const auto written = replaced(replaced(replaced(pattern, "%c", "\x01"), "%u", username),
                                          "\x01", client_id);
            REQUIRE(is_topic_filter(written));
            for (const auto& topic : topics)
                if (acl_matches(pattern, &names, topic) != acl_matches(written, nullptr, topic))
                    FAIL_CHECK(pattern << " as " << written << " and " << topic);
            for (const auto& filter : filters) {
                if (!is_topic_filter(filter))
                    continue;
                if (acl_overlaps(pattern, &names, filter) != acl_overlaps(written, nullptr, filter))
                    FAIL_CHECK(pattern << " as " << written << " overlaps " << filter);
                if (acl_covers(pattern, &names, filter) != acl_covers(written, nullptr, filter))
                    FAIL_CHECK(pattern << " as " << written << " covers " << filter);
            }
        }
    }
}

TEST_CASE("a name that begins with '$' opens no reserved topic", "[acl]") {
    const acl_names names{"$SYS", "$CONTROL"};
    CHECK_FALSE(acl_matches("%u/#", &names, "$SYS/x"));
    CHECK_FALSE(acl_matches("%c/x", &names, "$CONTROL/x"));
    CHECK_FALSE(acl_overlaps("%u/#", &names, "$SYS/#"));
    CHECK_FALSE(acl_overlaps("%u/#", &names, "#"));
    CHECK_FALSE(acl_overlaps("%u/#", &names, "+/x"));
    CHECK_FALSE(acl_covers("%u/#", &names, "$SYS/x"));
    CHECK(acl_matches("a/%u/#", &names, "a/$SYS/x"));
    CHECK(acl_matches("$x/%u", &names, "$x/$SYS"));
}

TEST_CASE("nothing is as long or as deep that it could not be held against a rule", "[acl]") {
    const std::string slashes(65'535, '/');
    const std::string letters(65'535, 'a');
    const acl_names names{slashes, letters};
    CHECK(acl_matches("#", nullptr, slashes));
    CHECK_FALSE(acl_matches("+/+", nullptr, slashes));
    CHECK(acl_matches("/#", nullptr, slashes));
    CHECK(acl_matches("%u", &names, slashes));
    CHECK(acl_overlaps("%u", &names, slashes));
    CHECK(acl_covers("%u/#", &names, slashes));
    CHECK(acl_matches("%c/+", &names, letters + "/"));
    CHECK_FALSE(acl_matches("%c%c", &names, letters));
    CHECK_FALSE(acl_matches("#", nullptr, ""));
    CHECK_FALSE(acl_overlaps("#", nullptr, ""));
    CHECK_FALSE(acl_covers("#", nullptr, ""));
}
