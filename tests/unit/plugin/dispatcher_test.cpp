// What is made of the answers of plugins. The plugins here are functions of this file.
#include "tests/support/catch2_any.hpp"
#include "tests/unit/plugin/staged_plugins.hpp"

using namespace plugin;
using namespace std::string_literals;

namespace {

const auto ada = credentials_of("meter-1", "ada", "pw");

question question_of(mqtt::operation what, std::string topic) {
    return {identity_of("meter-1", "ada"), what, std::move(topic), {}, false, nullptr};
}

} // namespace

TEST_CASE("the first plugin that does not defer decides who is let in") {
    staged_plugins with;
    std::string asked;
    with.on(MOSQ_EVT_BASIC_AUTH, [&](void* argument) {
        const auto* told = static_cast<mosquitto_evt_basic_auth*>(argument);
        asked = mosquitto_client_id(told->client) + " "s + told->username + " " + told->password +
                " " + mosquitto_client_address(told->client);
        return MOSQ_ERR_PLUGIN_DEFER;
    });
    CHECK(with.stage.basic_auth(ada).verdict == verdict::deferred);
    CHECK(asked == "meter-1 ada pw 203.0.113.7");
    with.on_second(MOSQ_EVT_BASIC_AUTH, answering(MOSQ_ERR_SUCCESS));
    CHECK(with.stage.basic_auth(ada).verdict == verdict::granted);
    CHECK(with.stage.basic_auth(ada).username == "ada");
}

TEST_CASE("every answer that is neither success nor a deferral denies") {
    const auto answer = GENERATE(as<int>{}, MOSQ_ERR_AUTH, MOSQ_ERR_ACL_DENIED, MOSQ_ERR_UNKNOWN,
                                 MOSQ_ERR_NOMEM, MOSQ_ERR_AUTH_CONTINUE, 4711, -99);
    staged_plugins with;
    with.on(MOSQ_EVT_BASIC_AUTH, answering(answer));
    with.on(MOSQ_EVT_ACL_CHECK, answering(answer));
    with.on_second(MOSQ_EVT_BASIC_AUTH, answering(MOSQ_ERR_SUCCESS));
    with.on_second(MOSQ_EVT_ACL_CHECK, answering(MOSQ_ERR_SUCCESS));
    const auto said = with.stage.basic_auth(ada);
    CHECK(said.verdict == verdict::denied);
    CHECK(said.reason == mqtt::reason::not_authorized);
    CHECK(with.stage.check({question_of(mqtt::operation::publish, "a")}).front() ==
          verdict::denied);
}

TEST_CASE("a plugin that throws has denied, and its text is not logged") {
    staged_plugins with;
    with.on(MOSQ_EVT_BASIC_AUTH, throws);
    with.on(MOSQ_EVT_MESSAGE, throws);
    CHECK(with.stage.basic_auth(ada).verdict == verdict::denied);
    CHECK(with.stage.message(message_of("a", "b")).reason ==
          mqtt::reason::implementation_specific_error);
    CHECK(with.broker.has_logged("first.so has thrown"));
    CHECK_FALSE(with.broker.has_logged("secret"));
}

TEST_CASE("a password with a zero in it is denied without asking, as a plugin would see a part") {
    staged_plugins with;
    with.on(MOSQ_EVT_BASIC_AUTH, answering(MOSQ_ERR_SUCCESS));
    CHECK(with.stage.basic_auth(credentials_of("c", "ada", "pw\0tail"s)).verdict ==
          verdict::denied);
}

TEST_CASE("who has no user name and no password is shown as such") {
    staged_plugins with;
    with.on(MOSQ_EVT_BASIC_AUTH, [](void* argument) {
        const auto* told = static_cast<mosquitto_evt_basic_auth*>(argument);
        const bool nobody = told->username == nullptr && told->password == nullptr &&
                            mosquitto_client_username(told->client) == nullptr;
        return nobody ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH;
    });
    mqtt::credentials anonymous{};
    anonymous.client_id = "c";
    const auto said = with.stage.basic_auth(anonymous);
    CHECK(said.verdict == verdict::granted);
    CHECK(said.username == std::nullopt);
}

TEST_CASE("a plugin gives a client another user name while it lets it in, and later") {
    staged_plugins with;
    with.on(MOSQ_EVT_BASIC_AUTH, [](void* argument) {
        auto* client = static_cast<mosquitto_evt_basic_auth*>(argument)->client;
        CHECK(mosquitto_set_username(client, "") == MOSQ_ERR_INVAL);
        return mosquitto_set_username(client, "grace");
    });
    with.on(MOSQ_EVT_ACL_CHECK, [](void* argument) {
        auto* client = static_cast<mosquitto_evt_acl_check*>(argument)->client;
        return mosquitto_set_username(client, nullptr);
    });
    CHECK(with.stage.basic_auth(ada).username == "grace");
    CHECK(with.broker.renamed.empty());
    with.stage.check({question_of(mqtt::operation::receive, "a")});
    REQUIRE(with.broker.renamed.size() == 1);
    CHECK(with.broker.renamed.front().first == "meter-1");
    CHECK(with.broker.renamed.front().second == std::nullopt);
}

TEST_CASE("each kind of access has mosquitto's number, and a batch an answer for each") {
    staged_plugins with;
    std::string seen;
    with.on(MOSQ_EVT_ACL_CHECK, [&](void* argument) {
        const auto* told = static_cast<mosquitto_evt_acl_check*>(argument);
        seen += std::to_string(told->access) + told->topic + " ";
        return told->access == MOSQ_ACL_WRITE ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_SUCCESS;
    });
    const auto said = with.stage.check({question_of(mqtt::operation::receive, "a"),
                                        question_of(mqtt::operation::publish, "b"),
                                        question_of(mqtt::operation::subscribe, "#")});
    CHECK(seen == "1a 2b 4# ");
    CHECK(said == std::vector{verdict::granted, verdict::denied, verdict::granted});
}

TEST_CASE("a client with a wildcard in its name is denied, unless the plugin is said to stand it") {
    staged_plugins with;
    with.on(MOSQ_EVT_ACL_CHECK, answering(MOSQ_ERR_SUCCESS));
    auto asked = question_of(mqtt::operation::receive, "a");
    asked.who.username = "a+b";
    CHECK(with.stage.check({asked}).front() == verdict::denied);
    asked.who.username = "ada";
    asked.who.client_id = "#";
    CHECK(with.stage.check({asked}).front() == verdict::denied);
    with.first.deny_special_characters = false;
    CHECK(with.stage.check({asked}).front() == verdict::granted);
}

TEST_CASE("a plugin speaks for the clients of its own realm alone") {
    staged_plugins with;
    with.first.realm = 2;
    with.on(MOSQ_EVT_ACL_CHECK, answering(MOSQ_ERR_SUCCESS));
    auto asked = question_of(mqtt::operation::receive, "a");
    CHECK(with.stage.check({asked}).front() == verdict::deferred);
    asked.who.realm = 2;
    CHECK(with.stage.check({asked}).front() == verdict::granted);
    CHECK(with.registry.has(event::acl_check, 2));
    CHECK_FALSE(with.registry.has(event::acl_check, 0));
}

TEST_CASE("the facts of a client that was let in are there until it leaves") {
    staged_plugins with;
    int keep_alive = 0;
    const void* seen = nullptr;
    with.broker.subscriptions = 7;
    with.on(MOSQ_EVT_BASIC_AUTH, answering(MOSQ_ERR_SUCCESS));
    with.on(MOSQ_EVT_ACL_CHECK, [&](void* argument) {
        auto* client = static_cast<mosquitto_evt_acl_check*>(argument)->client;
        keep_alive = mosquitto_client_keepalive(client);
        CHECK(mosquitto_client_sub_count(client) == 7);
        CHECK((seen == nullptr || seen == client));
        seen = client;
        return MOSQ_ERR_SUCCESS;
    });
    auto presented = ada;
    presented.keep_alive = 42;
    with.stage.basic_auth(presented);
    with.stage.check({question_of(mqtt::operation::receive, "a")});
    with.stage.check({question_of(mqtt::operation::receive, "b")});
    CHECK(keep_alive == 42);
    with.stage.disconnected(identity_of("meter-1", "ada"), mqtt::reason::success);
    seen = nullptr;
    with.stage.check({question_of(mqtt::operation::receive, "a")});
    CHECK(keep_alive == 0);
}

TEST_CASE("a callback that takes itself away is not called again") {
    staged_plugins with;
    int calls = 0;
    with.on(MOSQ_EVT_TICK, [&](void* argument) {
        ++calls;
        CHECK(static_cast<mosquitto_evt_tick*>(argument)->now_s > 0);
        return mosquitto_callback_unregister(&with.first, MOSQ_EVT_TICK, react, nullptr);
    });
    with.stage.tick();
    with.stage.tick();
    CHECK(calls == 1);
    CHECK_FALSE(with.registry.has_any(event::tick));
    CHECK(mosquitto_callback_unregister(&with.first, MOSQ_EVT_TICK, react, nullptr) ==
          MOSQ_ERR_NOT_FOUND);
}

TEST_CASE("a callback is registered once, for an event that exists, and under $CONTROL") {
    staged_plugins with;
    with.on(MOSQ_EVT_RELOAD, answering(MOSQ_ERR_SUCCESS));
    const auto add = [&](int event, MOSQ_FUNC_generic_callback function, const char* topic) {
        return mosquitto_callback_register(&with.first, event, function, topic, nullptr);
    };
    CHECK(add(MOSQ_EVT_RELOAD, react, nullptr) == MOSQ_ERR_ALREADY_EXISTS);
    CHECK(add(MOSQ_EVT_RELOAD, nullptr, nullptr) == MOSQ_ERR_INVAL);
    CHECK(add(99, react, nullptr) == MOSQ_ERR_NOT_SUPPORTED);
    CHECK(add(MOSQ_EVT_CONTROL, react, "control/x") == MOSQ_ERR_INVAL);
    CHECK(add(MOSQ_EVT_CONTROL, react, nullptr) == MOSQ_ERR_INVAL);
    CHECK(add(MOSQ_EVT_CONTROL, react, ("$CONTROL/" + std::string(92, 'x')).c_str()) ==
          MOSQ_ERR_INVAL);
    CHECK(add(MOSQ_EVT_CONTROL, react, "$CONTROL/x") == MOSQ_ERR_SUCCESS);
    CHECK(add(MOSQ_EVT_CONTROL, react_second, "$CONTROL/x") == MOSQ_ERR_ALREADY_EXISTS);
    CHECK(with.registry.has_control("$CONTROL/x", 0));
    CHECK_FALSE(with.registry.has_control("$CONTROL/y", 0));
}
