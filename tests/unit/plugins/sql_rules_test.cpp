#include "plugins/sql/rules.hpp"
#include "tests/support/catch2_any.hpp"

#include <initializer_list>
#include <utility>

using sql_auth::asker;
using sql_auth::covers;
using sql_auth::filled;
using sql_auth::operation;
using sql_auth::rule_set;

namespace {

const asker alice{"alice", "c1"};

rule_set rules(std::initializer_list<std::pair<const char*, const char*>> rows) {
    rule_set made;
    for (const auto& [filter, access] : rows)
        REQUIRE(made.add(filter, access));
    return made;
}

} // namespace

TEST_CASE("access in a row is a sum of bits or a word, and nothing else") {
    for (char digit = '0'; digit <= '7'; ++digit)
        CHECK(sql_auth::access_from(std::string(1, digit)) == digit - '0');
    CHECK(sql_auth::access_from("deny") == 0);
    CHECK(sql_auth::access_from("read") == 1);
    CHECK(sql_auth::access_from("write") == 2);
    CHECK(sql_auth::access_from("readwrite") == 3);
    CHECK(sql_auth::access_from("subscribe") == 4);
    CHECK(sql_auth::access_from("all") == 7);
    for (const char* wrong : {"", "8", "-1", "03", "READ", "read ", "7.0", "t"}) {
        INFO(wrong);
        CHECK(!sql_auth::access_from(wrong));
    }
}

TEST_CASE("each bit of access opens what it says") {
    struct sample {
        const char* access;
        bool read, write, subscribe;
    };
    for (const auto& each : {sample{"0", false, false, false}, sample{"1", true, false, true},
                             sample{"2", false, true, false}, sample{"3", true, true, true},
                             sample{"4", false, false, true}, sample{"5", true, false, true},
                             sample{"6", false, true, true}, sample{"7", true, true, true}}) {
        INFO(each.access);
        const auto set = rules({{"a/+", each.access}});
        CHECK(set.permits(alice, operation::read, "a/b") == each.read);
        CHECK(set.permits(alice, operation::write, "a/b") == each.write);
        CHECK(set.permits(alice, operation::subscribe, "a/b") == each.subscribe);
        CHECK(!set.permits(alice, operation::read, "b/b"));
    }
}

TEST_CASE("a row that denies wins whatever the order") {
    for (const auto& set :
         {rules({{"a/#", "all"}, {"a/b", "deny"}}), rules({{"a/b", "deny"}, {"a/#", "all"}})}) {
        CHECK(set.permits(alice, operation::write, "a/c"));
        CHECK(!set.permits(alice, operation::write, "a/b"));
        CHECK(!set.permits(alice, operation::subscribe, "a/b"));
    }
}

TEST_CASE("names stand for %u and %c, and never for more than one level") {
    CHECK(filled("u/%u/%c/%x%", alice) == "u/alice/c1/%x%");
    CHECK(filled("%u", {"%c", "c1"}) == "%c");
    for (const char* name : {"", "+", "#", "a/b", "/", "a+", "$SYS"}) {
        INFO(name);
        CHECK(!filled("u/%u", {name, "c"}));
        CHECK(!filled("u/%c", {"u", name}));
        CHECK(filled("u/%u", {"u", name}) == "u/u");
    }
    const auto set = rules({{"of/%u/#", "all"}});
    CHECK(set.permits(alice, operation::write, "of/alice/x"));
    CHECK(!set.permits(alice, operation::write, "of/bob/x"));
    CHECK(!set.permits({"#", "c"}, operation::write, "of/#/x"));
    CHECK(!set.permits({"+", "c"}, operation::subscribe, "of/+/#"));
}

TEST_CASE("a row that denies by a name that can't be filled in denies everything") {
    const auto set = rules({{"#", "all"}, {"not/%c", "deny"}});
    CHECK(set.permits({"u", "c1"}, operation::write, "a"));
    CHECK(!set.permits({"u", "c1"}, operation::write, "not/c1"));
    CHECK(!set.permits({"u", "a/b"}, operation::write, "a"));
}

TEST_CASE("a filter covers another when it matches all that the other does") {
    struct sample {
        const char* wide;
        const char* narrow;
        bool covers;
    };
    for (const auto& each : {
             sample{"#", "#", true},         sample{"#", "a", true},
             sample{"#", "+/b/#", true},     sample{"#", "$SYS/a", false},
             sample{"+/a", "$SYS/a", false}, sample{"$SYS/#", "$SYS/+", true},
             sample{"a/#", "a", true},       sample{"a/#", "a/#", true},
             sample{"a/#", "a/+/c", true},   sample{"a/#", "+/b", false},
             sample{"a/+", "a/b", true},     sample{"a/+", "a/+", true},
             sample{"a/+", "a/#", false},    sample{"a/+", "a", false},
             sample{"a/+", "a/b/c", false},  sample{"a/b", "a/+", false},
             sample{"a/b", "a/b", true},     sample{"a/+/#", "a/#", false},
             sample{"a/+/#", "a/b", true},   sample{"a", "a/", false},
             sample{"a/", "a", false},
         }) {
        INFO(each.wide << " covers " << each.narrow);
        CHECK(covers(each.wide, each.narrow) == each.covers);
    }
}

TEST_CASE("a shared subscription needs what its filter needs") {
    const auto set = rules({{"a/#", "read"}});
    CHECK(set.permits(alice, operation::subscribe, "$share/g/a/b"));
    CHECK(!set.permits(alice, operation::subscribe, "$share/g/b"));
    CHECK(!set.permits(alice, operation::subscribe, "$share/g"));
    CHECK(!set.permits(alice, operation::subscribe, "$share//a/b"));
}

TEST_CASE(
    "wildcards in a row reach no topic of the broker, and a topic that is none gets nothing") {
    const auto set = rules({{"#", "all"}});
    CHECK(!set.permits(alice, operation::read, "$SYS/broker/uptime"));
    CHECK(!set.permits(alice, operation::write, "a/+"));
    CHECK(!set.permits(alice, operation::write, ""));
    CHECK(!set.permits(alice, operation::subscribe, "a/#/b"));
    CHECK(rules({{"$SYS/#", "read"}}).permits(alice, operation::read, "$SYS/broker/uptime"));
}

TEST_CASE("rows that can't be understood, or are too many, are refused") {
    rule_set set;
    CHECK(!set.add("a/#/b", "read"));
    CHECK(!set.add("", "read"));
    CHECK(!set.add("+%u", "read"));
    CHECK(!set.add("a", "reed"));
    CHECK(set.empty());
    for (std::size_t number = 0; number < sql_auth::rules_per_user_max; ++number)
        REQUIRE(set.add("a", "read"));
    CHECK(!set.add("a", "read"));

    rule_set long_ones;
    const std::string filter(65'000, 'x');
    std::size_t taken = 0;
    while (long_ones.add(filter, "read"))
        ++taken;
    CHECK(taken == 4); // 256 KiB
}
