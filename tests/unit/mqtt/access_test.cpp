// The door in force: rules by which messages reach their receivers or do not, what others decide in
// their own time, and what follows when the rules change.
#include "mqtt/auth/acl_file.hpp"
#include "mqtt/auth/user_access.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <utility>

using namespace mqtt;
using namespace script;
using namespace std::string_literals;

namespace {

// Somebody outside, who answers when the test says so.
class slow_authority final : public authority {
public:
    bool knows_clients() const override { return false; }
    bool knows_rights() const override { return true; }
    void authenticate(const credentials&,
                      std::function<void(std::optional<decision>)> answer) override {
        answer(std::nullopt);
    }
    void authorize(std::vector<question> asked,
                   std::function<void(std::vector<std::optional<bool>>)> answer) override {
        for (const auto& each : asked)
            questions.push_back(each.who.client_id + " " + name_of(each.what) + " " + each.topic);
        waiting.emplace_back(std::move(asked), std::move(answer));
    }
    void left(const identity& who, reason) override { gone.push_back(who.client_id); }
    bool inspects() const override { return !replacement.empty(); }
    void inspect(const identity&, const publication& what,
                 std::function<void(inspected)> answer) override {
        answer({reason::success, std::string(what.topic), replacement, std::string(what.properties),
                what.qos, what.retain});
    }
    bool takes_order(std::string_view topic) const override { return topic == "$CONTROL/test"; }
    void order(const identity&, std::string_view, std::string_view payload,
               std::function<void()> done) override {
        orders.emplace_back(payload);
        done();
    }

    // Allows what is not in `denied`.
    void answer_all() {
        while (!waiting.empty()) {
            auto [asked, answer] = std::move(waiting.front());
            waiting.erase(waiting.begin());
            std::vector<std::optional<bool>> said;
            for (const auto& each : asked)
                said.emplace_back(denied !=
                                  each.who.client_id + " " + name_of(each.what) + " " + each.topic);
            answer(std::move(said));
        }
    }

    static std::string name_of(operation what) {
        return what == operation::publish     ? "publish"
               : what == operation::subscribe ? "subscribe"
                                              : "receive";
    }

    lines questions;
    lines gone;
    lines orders;
    std::string denied;
    std::string replacement;

private:
    std::vector<
        std::pair<std::vector<question>, std::function<void(std::vector<std::optional<bool>>)>>>
        waiting;
};

// A broker whose door goes by these rules.
struct guarded {
    explicit guarded(const std::string& acl, std::shared_ptr<authority> plugins = nullptr)
        : plugins(std::move(plugins)), door(book_of(acl), 0, [this] { return here.now; }),
          here({}, &door) {}

    std::shared_ptr<const rule_book> book_of(const std::string& acl) const {
        auto book = std::make_shared<rule_book>(1);
        book->front().allow_anonymous = true;
        book->front().plugins = plugins;
        if (!acl.empty()) {
            auto reading = acl_rules::read_text(acl);
            REQUIRE(reading.rules != nullptr);
            book->front().rights = reading.rules;
        }
        return book;
    }

    void change(const std::string& acl) {
        door.replace(book_of(acl));
        here.begin();
        here.hub->rights_changed();
        here.hub->end_turn();
    }

    std::shared_ptr<authority> plugins;
    user_access door;
    stage here;
};

const connect_options v5{.version = version::v5};

} // namespace

TEST_CASE("a message reaches those who may have it, and a wide filter shows no more") {
    guarded all("pattern readwrite own/%c/#\ntopic readwrite open/#\n");
    peer one(all.here), two(all.here);
    one.connect("one", v5);
    two.connect("two", v5);
    one.subscribe("#", qos::at_most_once);
    two.subscribe("own/two/x", qos::at_most_once);
    one.received();
    two.received();
    two.publish("own/two/x", "secret", qos::at_least_once, 1);
    two.publish("open/x", "all", qos::at_least_once, 2);
    CHECK(one.received() == lines{"PUBLISH d0 q0 r0 m0 open/x 'all'"});
    CHECK(two.received() ==
          lines{"PUBLISH d0 q0 r0 m0 own/two/x 'secret'", "PUBACK m1", "PUBACK m2"});
    two.publish("own/one/x", "no", qos::at_least_once, 3);
    CHECK(two.received() == lines{"PUBACK m3 Not authorized"});
    two.subscribe("own/one/#", qos::at_most_once, 2);
    CHECK(two.received() == lines{"SUBACK m2, Not authorized"});
}

TEST_CASE("when the rules change, routes and queues are made anew") {
    guarded all("topic readwrite a\ntopic readwrite b\n");
    peer sender(all.here);
    sender.connect("sender", v5);
    {
        peer away(all.here);
        away.connect("away", {.clean_start = false});
        away.subscribe("a", qos::at_least_once);
        away.subscribe("b", qos::at_least_once, 2);
    }
    peer there(all.here);
    there.connect("there");
    there.subscribe("a", qos::at_most_once);
    there.received();
    sender.publish("a", "1");
    sender.publish("b", "2");
    sender.publish("a", "3", qos::at_least_once, 1);
    sender.publish("b", "4", qos::at_least_once, 2);
    CHECK(there.received() == lines{"PUBLISH d0 q0 r0 m0 a '1'", "PUBLISH d0 q0 r0 m0 a '3'"});
    all.change("topic write a\ntopic readwrite b\n");
    sender.publish("a", "5");
    CHECK(there.received().empty());
    peer back(all.here);
    back.connect("away", {.clean_start = false});
    CHECK(back.received() == lines{"CONNACK present, Success", "PUBLISH d0 q1 r0 m1 b '4'"});
}

TEST_CASE("a client that would not be let in any more is sent away") {
    guarded all("topic readwrite #\n");
    peer one(all.here);
    one.connect("one", v5);
    one.received();
    auto closed = std::make_shared<rule_book>(1);
    all.door.replace(closed);
    all.here.begin();
    all.here.hub->rights_changed();
    all.here.hub->end_turn();
    CHECK(one.received() == lines{"DISCONNECT Not authorized", "closed"});
}

TEST_CASE("who waits for a plugin holds up nobody else, and its packets keep their order") {
    const auto plugin = std::make_shared<slow_authority>();
    guarded all("", plugin);
    peer slow(all.here), quick(all.here);
    slow.connect("slow", v5);
    quick.connect("quick", v5);
    slow.received();
    quick.received();
    slow.publish("t", "1", qos::at_least_once, 1);
    slow.send_bytes("\xC0\0"s.substr(0, 2)); // PINGREQ: not before the publish
    CHECK(slow.received().empty());
    quick.send_bytes("\xC0\0"s.substr(0, 2));
    CHECK(quick.received() == lines{"PINGRESP"});
    CHECK(plugin->questions == lines{"slow publish t"});
    plugin->answer_all();
    CHECK(slow.resumed);
    slow.send_bytes({});
    CHECK(slow.received() == lines{"PUBACK m1 No matching subscribers", "PINGRESP"});
}

TEST_CASE("each receiver's right is asked for before the message goes out, and for a second") {
    const auto plugin = std::make_shared<slow_authority>();
    guarded all("", plugin);
    peer sender(all.here), one(all.here), two(all.here);
    sender.connect("sender", v5);
    one.connect("one", v5);
    two.connect("two", v5);
    for (auto* each : {&one, &two}) {
        each->subscribe("t", qos::at_most_once);
        plugin->answer_all();
        each->send_bytes({});
        each->received();
    }
    plugin->questions.clear();
    plugin->denied = "two receive t";
    sender.publish("t", "1", qos::at_least_once, 1);
    CHECK(plugin->questions == lines{"sender publish t", "one receive t", "two receive t"});
    CHECK(one.received().empty());
    plugin->answer_all();
    sender.send_bytes({});
    CHECK(one.received() == lines{"PUBLISH d0 q0 r0 m0 t '1'"});
    CHECK(two.received().empty());
    plugin->questions.clear();
    sender.publish("t", "2");
    CHECK(plugin->questions.empty());
    CHECK(one.received() == lines{"PUBLISH d0 q0 r0 m0 t '2'"});
    all.here.pass(std::chrono::milliseconds(1100));
    sender.publish("t", "3");
    CHECK(plugin->questions.size() == 3);
    CHECK(one.received().empty());
}

TEST_CASE("a plugin may change a message before anybody gets it") {
    const auto plugin = std::make_shared<slow_authority>();
    guarded all("", plugin);
    peer one(all.here);
    one.connect("one", v5);
    one.subscribe("t", qos::at_most_once);
    plugin->answer_all();
    one.send_bytes({});
    one.received();
    plugin->replacement = "other";
    one.publish("t", "mine");
    for (int round = 0; round < 2; ++round)
        plugin->answer_all();
    one.send_bytes({});
    CHECK(one.received() == lines{"PUBLISH d0 q0 r0 m0 t 'other'"});
}

TEST_CASE("an order to the server goes to who takes it, and to nobody else") {
    const auto plugin = std::make_shared<slow_authority>();
    guarded all("", plugin);
    peer one(all.here);
    one.connect("one", v5);
    one.subscribe("$CONTROL/#", qos::at_most_once);
    plugin->answer_all();
    one.send_bytes({});
    one.received();
    for (const auto* topic : {"$CONTROL/test", "$CONTROL/other"}) {
        one.publish(topic, "do it", qos::at_least_once, 1);
        plugin->answer_all();
        one.send_bytes({});
    }
    CHECK(plugin->orders == lines{"do it"});
    CHECK(one.received() == lines{"PUBACK m1", "PUBACK m1 Not authorized"});
}

TEST_CASE("a client that leaves while somebody is asked about it leaves nothing behind") {
    const auto plugin = std::make_shared<slow_authority>();
    guarded all("", plugin);
    {
        peer one(all.here);
        one.connect("one", v5);
        one.publish("t", "1", qos::at_least_once, 1);
    }
    plugin->answer_all();
    CHECK(plugin->gone == lines{"one"});
    CHECK(all.here.hub->sessions() == 0);
}

TEST_CASE("without rules everything is allowed but orders to the server") {
    guarded all("");
    const identity who{"", "one", ""};
    CHECK(all.door.allows(who, operation::publish, "a"));
    CHECK(all.door.allows(who, operation::subscribe, "#"));
    CHECK_FALSE(all.door.allows(who, operation::publish, "$CONTROL/http/reload"));
    CHECK_FALSE(all.door.allows(who, operation::receive, "$CONTROL/x"));
    CHECK_FALSE(all.door.allows(who, operation::subscribe, "$CONTROL/#"));
    CHECK_FALSE(all.door.allows(who, operation::publish, "$SYS/x"));
    CHECK(all.door.allows(who, operation::publish, "$CONTROLLER") == false);
}

TEST_CASE(
    "names that TLS has shown need no password, and where they are wanted nothing else will do") {
    guarded all("");
    std::vector<decision> said;
    const auto ask = [&](std::optional<std::string> proven) {
        credentials shown{"one", "somebody", "a password"};
        shown.from.proof_required = true;
        shown.from.proven_username = std::move(proven);
        all.door.authenticate(
            shown, [](auto work) { work(); }, [&](const decision& each) { said.push_back(each); });
    };
    ask("alice");
    ask(std::nullopt);
    REQUIRE(said.size() == 2);
    CHECK(said[0].reason == reason::success);
    CHECK(said[0].username == "alice");
    CHECK(said[1].reason == reason::not_authorized);
    CHECK(said[1].why == "TLS has shown no user name");
}

TEST_CASE("why somebody may do something is told with the line that decides") {
    guarded all("topic read open/#\n"
                "user alice\n"
                "topic readwrite t/#\n"
                "topic deny t/secret\n"
                "pattern write own/%u\n");
    const identity alice{"alice", "a1", {}, 0};
    const auto why = [&](const identity& who, operation what, std::string_view topic) {
        const auto told = all.door.explain(who, what, topic);
        CHECK((told.what == verdict::allowed) == all.door.allows(who, what, topic));
        CHECK(told.source == rule_source::access_file);
        return std::to_string(told.rule.line) + " " + told.rule.text;
    };
    CHECK(why(alice, operation::publish, "t/x") == "3 topic readwrite t/#");
    CHECK(why(alice, operation::receive, "t/secret") == "4 topic deny t/secret");
    CHECK(why(alice, operation::publish, "own/alice") == "5 pattern write own/%u");
    CHECK(why(alice, operation::publish, "elsewhere") == "0 ");
    CHECK(why({}, operation::subscribe, "open/#") == "1 topic read open/#");
    CHECK(all.door.explain(alice, operation::publish, "$SYS/x").source == rule_source::reserved);
    identity with_token = alice;
    with_token.granted = acl_rules::of(std::vector<acl_grant>{{acl_access::read, "t/#"}});
    const auto told = all.door.explain(with_token, operation::publish, "t/x");
    CHECK(told.source == rule_source::token);
    CHECK(told.what == verdict::denied);
}

TEST_CASE("without rules everything but $CONTROL is allowed, and nobody said so") {
    guarded all("");
    CHECK(all.door.explain({}, operation::publish, "t").source == rule_source::nobody);
    CHECK(all.door.explain({}, operation::publish, "t").what == verdict::allowed);
    CHECK(all.door.explain({}, operation::receive, "$CONTROL/http/users").what == verdict::denied);
}

TEST_CASE("where plugins decide it is their word, once they have been asked") {
    const auto plugins = std::make_shared<slow_authority>();
    guarded all("topic readwrite t/#\n", plugins);
    const identity who{"", "c", {}, 0};
    CHECK(all.door.explain(who, operation::publish, "t").what == verdict::undecided);
    plugins->denied = "c publish t";
    verdict said = verdict::undecided;
    all.door.decide(
        {{who, operation::publish, "t"}}, [](const auto& work) { work(); },
        [&](const std::vector<verdict>& all_of_them) { said = all_of_them.front(); });
    plugins->answer_all();
    CHECK(said == verdict::denied);
    const auto told = all.door.explain(who, operation::publish, "t");
    CHECK(told.source == rule_source::plugin);
    CHECK(told.what == verdict::denied);
}

TEST_CASE("the rules about somebody are those for all and his own, in the order of their lines") {
    guarded all("topic read open/#\n"
                "user bob\n"
                "topic read b\n"
                "user alice\n"
                "topic readwrite t/#\n"
                "pattern write own/%u\n"
                "user bob\n"
                "topic read c\n");
    const auto lines_about = [&](const std::string& name, std::size_t most) {
        std::vector<unsigned> found;
        for (const auto& each : all.door.rules_about({name, "x", {}, 0}, most))
            found.push_back(each.line);
        return found;
    };
    CHECK(lines_about("bob", 10) == std::vector<unsigned>{3, 6, 8});
    CHECK(lines_about("alice", 1) == std::vector<unsigned>{5});
    CHECK(lines_about("", 10) == std::vector<unsigned>{1, 6});
    CHECK(lines_about("stranger", 10) == std::vector<unsigned>{6});
}
