// What the rules of an access file allow to whom, and which line says so.
#include "mqtt/auth/acl_file.hpp"
#include "mqtt/types/topic.hpp"
#include "tests/support/catch2_any.hpp"

#include <random>
#include <string>
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

identity user(std::string name, std::string client_id = "client") {
    return {std::move(name), std::move(client_id), "127.0.0.1:5"};
}

const identity nobody = user("");
const identity alice = user("alice");
const identity bob = user("bob");

} // namespace

TEST_CASE("topics before the first user are for anonymous clients, patterns for everybody",
          "[acl]") {
    const auto file = rules_of("# home\n"
                               "topic read $SYS/#\n"
                               "\n"
                               "user alice\n"
                               "topic home/#\n"
                               "pattern write dev/%c/up\n"
                               "user bob\n"
                               "topic read home/lamp\n");
    CHECK(file->size() == 4);
    CHECK(file->allows(nobody, receive, "$SYS/broker/uptime"));
    CHECK_FALSE(file->allows(nobody, publish, "$SYS/broker/uptime"));
    CHECK_FALSE(file->allows(nobody, receive, "home/lamp"));
    CHECK_FALSE(file->allows(alice, receive, "$SYS/broker/uptime"));
    CHECK(file->allows(alice, receive, "home/lamp"));
    CHECK(file->allows(alice, publish, "home/lamp"));
    CHECK(file->allows(bob, receive, "home/lamp"));
    CHECK_FALSE(file->allows(bob, publish, "home/lamp"));
    for (const auto& who : {nobody, alice, bob, user("carol")}) {
        CHECK(file->allows(who, publish, "dev/client/up"));
        CHECK_FALSE(file->allows(who, receive, "dev/client/up"));
        CHECK_FALSE(file->allows(who, publish, "dev/other/up"));
    }
    // Who has a name that the file does not know is not anonymous for that.
    CHECK_FALSE(file->allows(user("carol"), receive, "$SYS/broker/uptime"));
    CHECK_FALSE(file->allows(user("carol"), receive, "home/lamp"));
}

TEST_CASE("a denial wins over every grant, wherever it stands", "[acl]") {
    const auto file = rules_of("pattern deny secret/#\n"
                               "user alice\n"
                               "topic deny home/door\n"
                               "topic home/#\n"
                               "topic deny home/safe/#\n"
                               "topic secret/#\n"
                               "user bob\n"
                               "topic home/#\n");
    CHECK(file->allows(alice, publish, "home/lamp"));
    for (const auto* topic : {"home/door", "home/safe", "home/safe/key", "secret", "secret/x"})
        for (const auto what : {publish, receive, subscribe})
            CHECK_FALSE(file->allows(alice, what, topic));
    CHECK(file->allows(bob, publish, "home/door"));
    CHECK_FALSE(file->allows(bob, publish, "secret/x"));
}

TEST_CASE("reserved topics need a rule that names them", "[acl][MQTT-4.7.2-1]") {
    const auto file = rules_of("user alice\n"
                               "topic #\n"
                               "topic +/#\n"
                               "user bob\n"
                               "topic readwrite $CONTROL/http/#\n"
                               "topic read $SYS/#\n"
                               "topic deny #\n");
    for (const auto what : {publish, receive, subscribe}) {
        CHECK_FALSE(file->allows(alice, what, "$CONTROL/http/clients"));
        CHECK_FALSE(file->allows(alice, what, "$SYS/x"));
        CHECK(file->allows(bob, what, "$CONTROL/http/clients"));
        CHECK_FALSE(file->allows(bob, what, "$CONTROL/dynamic-security/v1"));
        CHECK(file->allows(alice, what, "x"));
        CHECK_FALSE(file->allows(bob, what, "x"));
    }
    CHECK(file->allows(bob, receive, "$SYS/x")); // the denial of "#" does not reach it either
    CHECK_FALSE(file->allows(bob, publish, "$SYS/x"));
}

TEST_CASE("names of clients are letters in a pattern, never wildcards", "[acl]") {
    const auto file = rules_of("pattern readwrite users/%u/#\n"
                               "pattern read dev-%c/x\n"
                               "pattern write %u/%c/%u\n"
                               "user alice\n"
                               "topic literal/%u\n"
                               "topic /#\n");
    CHECK(file->allows(alice, publish, "users/alice/a/b"));
    CHECK(file->allows(alice, publish, "users/alice"));
    CHECK_FALSE(file->allows(alice, publish, "users/alic/a"));
    CHECK_FALSE(file->allows(alice, publish, "users/alicea/a"));
    CHECK_FALSE(file->allows(alice, publish, "users/%u/a"));
    CHECK(file->allows(alice, receive, "dev-client/x"));
    CHECK_FALSE(file->allows(alice, receive, "dev-client"));
    CHECK(file->allows(alice, publish, "alice/client/alice"));
    CHECK(file->allows(alice, publish, "literal/%u"));
    CHECK_FALSE(file->allows(alice, publish, "literal/alice"));
    CHECK(file->allows(user("a/b"), publish, "users/a/b/c"));
    CHECK_FALSE(file->allows(user("a/b"), publish, "users/a/c"));
    CHECK_FALSE(file->allows(user("%c", "bob"), publish, "users/bob/c"));
    CHECK(file->allows(user("%c", "bob"), publish, "users/%c/c"));

    for (const auto* name : {"+", "#", "a+", "+/+", "al#ce", "bob/#"}) {
        for (const auto* topic :
             {"users/bob/x", "users/+/x", "users/#", "dev-bob/x", "bob/bob/bob"})
            for (const auto what : {publish, receive, subscribe}) {
                INFO(name << " " << topic);
                CHECK_FALSE(file->allows(user(name, name), what, topic));
            }
        CHECK_FALSE(file->allows(user(name, name), subscribe, "#"));
    }
    // The other name is still good.
    CHECK(file->allows(user("bob", "+"), publish, "users/bob/x"));
    CHECK(file->allows(user("+", "bob"), receive, "dev-bob/x"));
}

TEST_CASE("a pattern gives nothing to who has no such name", "[acl]") {
    const auto file = rules_of("pattern users/%u/#\n"
                               "pattern dev/%c/#\n"
                               "pattern %u/x\n");
    CHECK_FALSE(file->allows(nobody, publish, "users//x"));
    CHECK_FALSE(file->allows(nobody, publish, "/x"));
    CHECK_FALSE(file->allows(nobody, subscribe, "users/#"));
    CHECK(file->allows(nobody, publish, "dev/client/x"));
    CHECK_FALSE(file->allows(user("alice", ""), publish, "dev//x"));
    CHECK_FALSE(file->allows(user("alice", ""), subscribe, "dev/#"));
    CHECK(file->allows(user("alice", ""), publish, "users/alice/x"));
}

TEST_CASE("a client can't put itself beyond a denial by its name", "[acl]") {
    const auto file = rules_of("pattern deny dev/%c/secret\n"
                               "pattern deny vault/#\n"
                               "pattern dev/#\n"
                               "pattern vault/%u/#\n");
    CHECK_FALSE(file->allows(user("alice", "one"), receive, "dev/one/secret"));
    CHECK(file->allows(user("alice", "one"), receive, "dev/two/secret"));
    // A topic never holds '+', so what is denied to a client of that name is nobody's.
    CHECK(file->allows(user("alice", "+"), receive, "dev/two/secret"));
    for (const auto* name : {"", "+", "#", "vault", "a/b"})
        CHECK_FALSE(file->allows(user(name, name), receive, "vault/x"));
}

TEST_CASE("a subscription takes a topic that may be read and no denial of all of them", "[acl]") {
    const auto file = rules_of("user alice\n"
                               "topic read home/+/temp\n"
                               "topic read office/#\n"
                               "topic write out/#\n"
                               "topic deny office/safe/#\n"
                               "topic read $SYS/broker/#\n"
                               "topic read exact/topic\n");
    for (const auto* filter :
         {"#", "home/#", "home/+/+", "home/attic/temp", "+/attic/temp", "office", "office/+/+",
          "office/#", "+/safe/#", "$SYS/#", "$SYS/+/x", "exact/+", "+/topic", "exact/topic/#"}) {
        INFO(filter);
        CHECK(file->allows(alice, subscribe, filter));
        CHECK_FALSE(file->allows(bob, subscribe, filter));
        CHECK_FALSE(file->allows(nobody, subscribe, filter));
    }
    for (const auto* filter : {"home", "home/+", "out/#", "out/x", "office/safe", "office/safe/#",
                               "office/safe/+", "$CONTROL/#", "exact", "exact/topic/+", "ex/+",
                               "home/attic/temp/x", "+", "$share/g/office/#", ""}) {
        // "+" overlaps "office/#" in the topic "office".
        INFO(filter);
        CHECK(file->allows(alice, subscribe, filter) == (filter == "+"s));
    }
}

TEST_CASE("the reason of an answer is the line that decides", "[acl]") {
    const auto file = rules_of("# one\n"
                               "user alice\n"
                               "topic read  a/+\n"
                               "topic a/#\n"
                               "topic deny a/secret\n"
                               "pattern a/%u\n");
    const auto read = file->judge(alice, receive, "a/b");
    CHECK(read.allowed);
    CHECK(read.line == 3);
    CHECK(read.rule == "topic read a/+");
    const auto written = file->judge(alice, publish, "a/alice");
    CHECK(written.allowed);
    CHECK(written.line == 4);
    CHECK(written.rule == "topic readwrite a/#");
    const auto denied = file->judge(alice, receive, "a/secret");
    CHECK_FALSE(denied.allowed);
    CHECK(denied.line == 5);
    CHECK(denied.rule == "topic deny a/secret");
    const auto own = file->judge(bob, publish, "a/bob");
    CHECK(own.allowed);
    CHECK(own.rule == "pattern readwrite a/%u");
    const auto none = file->judge(alice, receive, "b");
    CHECK_FALSE(none.allowed);
    CHECK(none.line == 0);
    CHECK(none.rule.empty());
}

TEST_CASE("rules that come from elsewhere speak for whoever holds them", "[acl]") {
    const std::vector<acl_grant> grants{
        {acl_access::read, "a/#"}, {acl_access::write, "b/%u"}, {acl_access::deny, "a/secret"}};
    const auto held = acl_rules::of(grants);
    REQUIRE(held);
    CHECK(held->size() == 3);
    for (const auto& who : {nobody, alice, user("+", "#")}) {
        CHECK(held->allows(who, receive, "a/b"));
        CHECK_FALSE(held->allows(who, publish, "a/b"));
        CHECK_FALSE(held->allows(who, receive, "a/secret"));
        CHECK(held->allows(who, publish, "b/%u"));
        CHECK_FALSE(held->allows(who, publish, "b/alice"));
    }
    const auto ruling = held->judge(alice, receive, "a/b");
    CHECK(ruling.allowed);
    CHECK(ruling.line == 0);
    CHECK(ruling.rule == "topic read a/#");

    const auto nothing = acl_rules::of({});
    REQUIRE(nothing);
    CHECK_FALSE(nothing->allows(alice, receive, "a"));
    for (const auto* wrong : {"", "a/#/b", "a+", "a\x01", "\xFF"}) {
        const std::vector<acl_grant> bad{{acl_access::read, "a"}, {acl_access::read, wrong}};
        CHECK_FALSE(acl_rules::of(bad));
    }
    const std::vector<acl_grant> unknown{{static_cast<acl_access>(5), "a"}};
    CHECK_FALSE(acl_rules::of(unknown));
    CHECK_FALSE(acl_rules::of(std::vector<acl_grant>(acl_grants_max + 1, {acl_access::read, "a"})));
}

TEST_CASE("many rules answer as if each had been asked", "[acl]") {
    std::mt19937 random(1);
    const auto pick = [&](const texts& from) { return from[random() % from.size()]; };
    const texts levels{"a", "b", "", "a", "b", "ab", "a\xC3\xA9", "a!", "$x", "+", "+", "#"};
    const texts plain{"a", "b", "", "ab", "a\xC3\xA9", "a!", "$x"};
    const auto text_of = [&](const texts& from) {
        std::string text;
        for (auto left = 1 + random() % 4; left > 0; --left)
            text.append(pick(from)).append(left > 1 ? "/" : "");
        return text;
    };
    std::size_t allowed = 0;
    for (int round = 0; round < 200; ++round) {
        std::vector<acl_grant> grants;
        for (auto left = random() % 60; left > 0; --left) {
            const auto filter = text_of(levels);
            const auto access = static_cast<acl_access>(1 + random() % 8 % 4);
            if (is_topic_filter(filter) && (access != acl_access::deny || random() % 3 == 0))
                grants.push_back({access, filter});
        }
        const auto all = acl_rules::of(grants);
        REQUIRE(all);
        for (int question = 0; question < 200; ++question) {
            const auto what = static_cast<operation>(random() % 3);
            const auto topic = text_of(what == subscribe ? levels : plain);
            if (!is_topic_filter(topic))
                continue;
            bool granted = false;
            bool denied = false;
            for (const auto& each : grants) {
                const auto one = acl_rules::of(std::vector{each}); // the index has no part in this
                granted = granted || one->allows(alice, what, topic);
                denied = denied || (each.access == acl_access::deny &&
                                    !one->judge(alice, what, topic).rule.empty());
            }
            allowed += granted && !denied ? 1 : 0;
            if (all->allows(alice, what, topic) != (granted && !denied))
                FAIL_CHECK(topic << " in round " << round);
        }
    }
    CHECK(allowed > 1000);
}
