// Messages that plugins change or refuse, commands to $CONTROL, and pre-shared keys.
#include "mqtt/codec/properties.hpp"
#include "plugin/property_list.hpp"
#include "tests/unit/plugin/staged_plugins.hpp"

#include <cstring>

using namespace plugin;
using namespace std::string_literals;

namespace {

mosquitto_evt_message& told_of(void* argument) {
    return *static_cast<mosquitto_evt_message*>(argument);
}

reaction giving_payload(std::string text) {
    return [text](void* argument) {
        auto& told = told_of(argument);
        told.payload = mosquitto_strdup(text.c_str());
        told.payloadlen = static_cast<std::uint32_t>(text.size());
        return MOSQ_ERR_SUCCESS;
    };
}

psk_answer key_given(const char* digits, int answer = MOSQ_ERR_SUCCESS) {
    staged_plugins with;
    with.on(MOSQ_EVT_PSK_KEY, [&](void* argument) {
        auto& told = *static_cast<mosquitto_evt_psk_key*>(argument);
        CHECK(told.hint == "hint"s);
        CHECK(told.identity == "meter"s);
        REQUIRE(told.max_key_len == 1024);
        std::strncpy(told.key, digits, static_cast<std::size_t>(told.max_key_len));
        return answer;
    });
    return with.stage.psk_key({"hint", "meter", {}});
}

} // namespace

TEST_CASE("plugins one after the other exchange the topic, the payload and the properties") {
    staged_plugins with;
    with.on(MOSQ_EVT_MESSAGE, [](void* argument) {
        auto& told = told_of(argument);
        CHECK(told.topic == "raw"s);
        CHECK(std::string(static_cast<char*>(told.payload), told.payloadlen) == "21");
        told.topic = mosquitto_strdup("cooked");
        return mosquitto_property_add_string_pair(&told.properties, MQTT_PROP_USER_PROPERTY, "by",
                                                  "first");
    });
    with.on_second(MOSQ_EVT_MESSAGE, giving_payload("42"));
    auto published = message_of("raw", "21");
    mqtt::publish_properties readable;
    readable.content_type = "text/plain";
    published.properties = mqtt::forwarded_properties(readable);
    const auto said = with.stage.message(std::move(published));
    CHECK(said.reason == mqtt::reason::success);
    CHECK(said.message.topic == "cooked");
    CHECK(said.message.payload == "42");
    const auto read = mqtt::readable_properties(said.message.properties);
    CHECK(read.content_type == "text/plain");
    REQUIRE(read.user.size() == 1);
    CHECK(read.user.front() == std::pair("by"s, "first"s));
}

TEST_CASE("a message without plugins, or with one that has nothing to say, stays as it was") {
    staged_plugins with;
    for (int round = 0; round < 2; ++round) {
        const auto said = with.stage.message(message_of("a/b", "\0\xFF"s));
        CHECK(said.reason == mqtt::reason::success);
        CHECK(said.message.topic == "a/b");
        CHECK(said.message.payload == "\0\xFF"s);
        if (round == 0)
            with.on(MOSQ_EVT_MESSAGE, answering(MOSQ_ERR_PLUGIN_DEFER));
    }
}

TEST_CASE("a payload is changed in place, shortened, and taken away") {
    staged_plugins with;
    with.on(MOSQ_EVT_MESSAGE, [](void* argument) {
        auto& told = told_of(argument);
        static_cast<char*>(told.payload)[0] = 'H';
        told.payloadlen = 4;
        return MOSQ_ERR_SUCCESS;
    });
    CHECK(with.stage.message(message_of("a", "hello")).message.payload == "Hell");
    with.on_second(MOSQ_EVT_MESSAGE, [](void* argument) {
        told_of(argument).payload = nullptr;
        told_of(argument).payloadlen = 0;
        return MOSQ_ERR_SUCCESS;
    });
    CHECK(with.stage.message(message_of("a", "hello")).message.payload.empty());
}

TEST_CASE("a plugin that makes nonsense of a message has refused it") {
    const auto nonsense = GENERATE(0, 1, 2, 3, 4);
    staged_plugins with;
    with.on(MOSQ_EVT_MESSAGE, [&](void* argument) {
        auto& told = told_of(argument);
        if (nonsense == 0)
            told.payloadlen = 6; // of a payload of five
        if (nonsense == 1)
            told.topic = mosquitto_strdup("a/#");
        if (nonsense == 2)
            told.topic = nullptr;
        if (nonsense == 3)
            told.qos = 3;
        for (int number = 0; nonsense == 4 && number < 1001; ++number)
            mosquitto_property_add_string_pair(&told.properties, MQTT_PROP_USER_PROPERTY, "", "");
        return MOSQ_ERR_SUCCESS;
    });
    CHECK(with.stage.message(message_of("a", "hello")).reason ==
          mqtt::reason::implementation_specific_error);
    CHECK(with.broker.has_logged("can't be sent"));
}

TEST_CASE("a message is refused with the plugin's reason, and the next plugin is not asked") {
    staged_plugins with;
    with.on(MOSQ_EVT_MESSAGE, [](void* argument) {
        told_of(argument).reason_string = mosquitto_strdup("too\nwarm");
        return MOSQ_ERR_ACL_DENIED;
    });
    with.on_second(MOSQ_EVT_MESSAGE, [](void*) -> int { throw std::logic_error("asked"); });
    const auto said = with.stage.message(message_of("a", "b"));
    CHECK(said.reason == mqtt::reason::not_authorized);
    CHECK(said.reason_string == "too?warm");
    CHECK(with.broker.logged.empty());
}

TEST_CASE("a command reaches the plugin of its topic, with its sender") {
    staged_plugins with;
    with.on(
        MOSQ_EVT_CONTROL,
        [](void* argument) {
            auto& told = *static_cast<mosquitto_evt_control*>(argument);
            CHECK(std::string(static_cast<const char*>(told.payload), told.payloadlen) == "go");
            told.reason_code = 0x97;
            return mosquitto_client_id(told.client) == "meter-1"s ? MOSQ_ERR_SUCCESS
                                                                  : MOSQ_ERR_UNKNOWN;
        },
        "$CONTROL/x");
    CHECK(with.stage.control(message_of("$CONTROL/x", "go")).reason == mqtt::reason::success);
    auto other = message_of("$CONTROL/x", "go");
    other.from.client_id = "other";
    CHECK(with.stage.control(other).reason == mqtt::reason::quota_exceeded);
    CHECK(with.stage.control(message_of("$CONTROL/y", "go")).reason ==
          mqtt::reason::implementation_specific_error);
}

TEST_CASE("a pre-shared key comes as bytes, and what is no key is none") {
    CHECK(key_given("00fFa1").key == "\0\xFF\xA1"s);
    CHECK(key_given("00fFa").key == std::nullopt);
    CHECK(key_given("0x12").key == std::nullopt);
    CHECK(key_given("").key == std::nullopt);
    CHECK(key_given(std::string(1024, 'a').c_str()).key == std::string(512, '\xAA'));
    CHECK(key_given("00ff", MOSQ_ERR_AUTH).key == std::nullopt);
    CHECK(key_given("00ff", MOSQ_ERR_PLUGIN_DEFER).key == std::nullopt);
    CHECK(key_given("00ff").username == std::nullopt);
}

TEST_CASE("a plugin publishes to everybody, or to one client, and what it can't publish it keeps") {
    staged_plugins with;
    with.on(MOSQ_EVT_TICK, [](void*) {
        mosquitto_property* list = nullptr;
        mosquitto_property_add_int32(&list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 60);
        mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE, "text/plain");
        CHECK(mosquitto_broker_publish(nullptr, "a", 2, mosquitto_strdup("hi"), 1, true, list) ==
              MOSQ_ERR_SUCCESS);
        CHECK(mosquitto_broker_publish_copy("c", "b", 0, nullptr, 0, true, nullptr) ==
              MOSQ_ERR_SUCCESS);
        CHECK(mosquitto_broker_publish_copy("c", "b/+", 0, nullptr, 0, true, nullptr) ==
              MOSQ_ERR_INVAL);
        CHECK(mosquitto_broker_publish_copy("c", "b", 1, nullptr, 0, true, nullptr) ==
              MOSQ_ERR_INVAL);
        CHECK(mosquitto_broker_publish_copy("c", "b", -1, "x", 0, true, nullptr) == MOSQ_ERR_INVAL);
        CHECK(mosquitto_broker_publish_copy("c", "b", 1, "x", 3, true, nullptr) == MOSQ_ERR_INVAL);
        CHECK(mosquitto_kick_client_by_clientid(nullptr, true) == MOSQ_ERR_SUCCESS);
        CHECK(mosquitto_kick_client_by_clientid("c", false) == MOSQ_ERR_SUCCESS);
        CHECK(mosquitto_kick_client_by_username(nullptr, false) == MOSQ_ERR_SUCCESS);
        CHECK(mosquitto_kick_client_by_username("u", false) == MOSQ_ERR_SUCCESS);
        mosquitto_log_printf(MOSQ_LOG_WARNING, "%d\n%s", 7, std::string(2000, 'x').c_str());
        return MOSQ_ERR_SUCCESS;
    });
    with.stage.tick();
    const auto& published = with.broker.published;
    REQUIRE(published.size() == 2);
    CHECK(published[0].client_id == std::nullopt);
    CHECK(published[0].payload == "hi");
    CHECK(published[0].qos == mqtt::qos::at_least_once);
    CHECK(published[0].retain);
    CHECK(published[0].message_expiry == 60U);
    CHECK(mqtt::readable_properties(published[0].properties).content_type == "text/plain");
    CHECK(published[1].client_id == "c");
    CHECK_FALSE(published[1].retain);
    using target = kick_order::target;
    REQUIRE(with.broker.kicked.size() == 4);
    CHECK(with.broker.kicked[0].whom == target::everybody);
    CHECK(with.broker.kicked[0].with_will);
    CHECK(with.broker.kicked[1].whom == target::client_id);
    CHECK(with.broker.kicked[2].whom == target::anonymous);
    CHECK(with.broker.kicked[3].name == "u");
    REQUIRE(with.broker.logged.size() == 1);
    CHECK(with.broker.logged[0].first == log_level::warning);
    CHECK(with.broker.logged[0].second.starts_with("7?xxx"));
    CHECK(with.broker.logged[0].second.size() == log_line_bytes_max);
}

TEST_CASE("on a thread that is not the plugins' own, the functions of the broker refuse") {
    CHECK(mosquitto_broker_publish_copy(nullptr, "a", 0, nullptr, 0, false, nullptr) ==
          MOSQ_ERR_NOT_SUPPORTED);
    CHECK(mosquitto_kick_client_by_clientid("c", false) == MOSQ_ERR_NOT_SUPPORTED);
    mosquitto_log_printf(MOSQ_LOG_ERR, "%s", "goes nowhere");
    mosquitto_plugin_id_t stranger;
    CHECK(mosquitto_callback_register(&stranger, MOSQ_EVT_TICK, react, nullptr, nullptr) ==
          MOSQ_ERR_INVAL);
}
