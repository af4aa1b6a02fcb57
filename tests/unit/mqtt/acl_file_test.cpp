// How access files are read: what a line may be, and which mistake is told of where.
#include "mqtt/auth/acl_file.hpp"
#include "mqtt/types/topic.hpp"
#include "tests/support/catch2_any.hpp"

#include <cstdio>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace mqtt;
using namespace std::string_literals;

namespace {

using rules = std::shared_ptr<const acl_rules>;
using texts = std::vector<std::string>;

constexpr auto publish = operation::publish;
constexpr auto receive = operation::receive;
constexpr auto subscribe = operation::subscribe;

rules rules_of(std::string_view text) {
    const auto reading = acl_rules::read_text(text);
    for (const auto& problem : reading.problems)
        UNSCOPED_INFO(problem.line << ": " << problem.sentence);
    REQUIRE(reading.rules);
    CHECK(reading.problems.empty());
    return reading.rules;
}

texts problems_of(std::string_view text) {
    const auto reading = acl_rules::read_text(text);
    CHECK((reading.rules == nullptr) == !reading.problems.empty());
    texts told;
    for (const auto& each : reading.problems)
        told.push_back(std::to_string(each.line) + ": " + each.sentence);
    return told;
}

std::string problem_of(std::string_view text) {
    const auto told = problems_of(text);
    REQUIRE(told.size() == 1);
    return told.front();
}

identity user(std::string name, std::string client_id = "client") {
    return {std::move(name), std::move(client_id), "127.0.0.1:5"};
}

const identity nobody = user("");
const identity alice = user("alice");
const identity bob = user("bob");

} // namespace

TEST_CASE("an empty file denies everything", "[acl]") {
    for (const auto* text : {"", "\n\n", "# nothing\n", "\xEF\xBB\xBF", "user alice\n"}) {
        const auto file = rules_of(text);
        CHECK(file->size() == 0);
        for (const auto what : {publish, receive, subscribe})
            for (const auto& who : {nobody, alice})
                CHECK_FALSE(file->allows(who, what, "a"));
    }
}

TEST_CASE("lines are read as mosquitto reads them, whatever system wrote them", "[acl]") {
    const auto file = rules_of("\xEF\xBB\xBFuser Old  McDonald \r\n"
                               "  topic   read   my cow/says moo  \r\n"
                               "\ttopic\twrite\tpig\r\n"
                               "topic hen\r\n"
                               "topic readwrite read\r\n"
                               "   \r\n"
                               "# Gr\xFC\xDF"
                               "e\r\n"
                               "user bob\r\n"
                               "topic readwrite b\r\n"
                               "user Old  McDonald\r\n"
                               "topic last"); // without an end of line
    const auto farmer = user("Old  McDonald");
    CHECK(file->size() == 6);
    CHECK(file->allows(farmer, receive, "my cow/says moo"));
    CHECK_FALSE(file->allows(farmer, publish, "my cow/says moo"));
    CHECK(file->allows(farmer, publish, "pig"));
    CHECK(file->allows(farmer, publish, "hen"));
    CHECK(file->allows(farmer, receive, "hen"));
    CHECK(file->allows(farmer, receive, "read"));
    CHECK(file->allows(farmer, receive, "last"));
    CHECK_FALSE(file->allows(farmer, receive, "b"));
    CHECK_FALSE(file->allows(user("Old McDonald"), receive, "hen"));
    CHECK_FALSE(file->allows(bob, receive, "last"));
}

TEST_CASE("a file with a mistake gives no rules, and each mistake its line", "[acl]") {
    CHECK(problems_of("topic read a\n"
                      "tpoic read b\n"
                      "user\n"
                      "user \t\r\n"
                      "topic\n"
                      "topic deny\n"
                      "topic all a\n"
                      "pattern READ a\n"
                      " # indented\n"
                      "topic read a/#/b\n"
                      "topic read a\n") ==
          texts{"2: must begin with user, topic or pattern", "3: the user name is missing",
                "4: the user name is missing", "5: the filter is missing",
                "6: the filter is missing behind the access; for a topic of that name, write "
                "\"readwrite\" in front of it",
                "7: the access must be read, write, readwrite or deny; it can only be left out "
                "where the filter holds no blank",
                "8: the access must be read, write, readwrite or deny; it can only be left out "
                "where the filter holds no blank",
                "9: a comment has its '#' in the first column",
                "10: the filter is not well-formed: '+' fills a whole level, '#' the last one, and "
                "there are at most 200 levels"});
    CHECK(problem_of("topic a\0b"s) == "1: the line holds a zero byte");
    CHECK(problem_of("# a\0b"s) == "1: the line holds a zero byte");
    CHECK(problem_of("topic a\xFF") == "1: the line must be UTF-8");
    CHECK(problem_of("user \xED\xA0\x80") == "1: the line must be UTF-8");
    CHECK(problem_of("user a\x01") == "1: the user name must not hold control characters");
    CHECK(problem_of("user a\rtopic b") == "1: the user name must not hold control characters");
    CHECK(problem_of("topic a\x7F") == "1: the filter must not hold control characters");
    CHECK(problem_of("topic deny $share/g/a") ==
          "1: a denial is about topics: leave $share and the group out");
    for (const auto* filter : {"a+", "+a", "#/a", "a/b#", "%u+", "#%c"})
        CHECK_FALSE(problems_of("pattern read "s + filter).empty());
}

TEST_CASE("everything in a file has a bound", "[acl]") {
    CHECK(rules_of("topic " + std::string(65'535, 'a'))->size() == 1);
    CHECK(problem_of("topic " + std::string(65'536, 'a')) ==
          "1: the filter is longer than 65535 bytes");
    CHECK(problem_of("topic " + std::string(66'000, 'a')) == "1: the line is too long");
    CHECK(rules_of("user " + std::string(65'535, 'a'))->size() == 0);
    CHECK(problem_of("user " + std::string(65'536, 'a')) ==
          "1: the user name is longer than 65535 bytes");
    CHECK(rules_of("topic " + std::string(topic_levels_max - 1, '/'))->size() == 1);
    CHECK(problem_of("topic " + std::string(topic_levels_max, '/')).find("200 levels") !=
          std::string::npos);
    std::string wrong;
    for (std::size_t count = 0; count < 2 * acl_file_problems_max; ++count)
        wrong += "x\n";
    const auto told = problems_of(wrong);
    CHECK(told.size() == acl_file_problems_max + 1);
    CHECK(told.back() == "101: too many mistakes; the rest of the file was not read");
}

TEST_CASE("a file is read whole, and one that cannot be read gives no rules", "[acl]") {
    const auto path = "acl_test_" + std::to_string(::getpid()) + ".acl";
    std::ofstream(path) << "user alice\ntopic a\n";
    const auto reading = acl_rules::read(path);
    std::remove(path.c_str());
    REQUIRE(reading.rules);
    CHECK(reading.rules->allows(alice, publish, "a"));

    const auto missing = acl_rules::read(path);
    CHECK_FALSE(missing.rules);
    REQUIRE(missing.problems.size() == 1);
    CHECK(missing.problems.front().line == 0);
    CHECK(missing.problems.front().sentence == "cannot be read: No such file or directory");
    CHECK_FALSE(acl_rules::read(".").rules);
    CHECK_FALSE(acl_rules::read("/dev/null").rules);
}
