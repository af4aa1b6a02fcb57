// The functions that plugins import, held against what mosquitto.h says of them.
#include "mqtt/codec/property_table.hpp"
#include "plugin/exports.hpp"
#include "plugin/interface.hpp"
#include "plugin/property_list.hpp"
#include "tests/support/catch2_any.hpp"

#include <cstdlib>
#include <string>

using namespace std::string_literals;

namespace {

bool matching(const char* filter, const char* topic) {
    bool result = false;
    REQUIRE(mosquitto_topic_matches_sub(filter, topic, &result) == MOSQ_ERR_SUCCESS);
    return result;
}

} // namespace

TEST_CASE("this program offers every function to plugins") {
    CHECK(plugin::missing_export().empty());
}

TEST_CASE("topics and filters are checked for plugins") {
    CHECK(mosquitto_pub_topic_check("a/b") == MOSQ_ERR_SUCCESS);
    CHECK(mosquitto_pub_topic_check("a/+") == MOSQ_ERR_INVAL);
    CHECK(mosquitto_pub_topic_check(nullptr) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_pub_topic_check("\xFF") == MOSQ_ERR_MALFORMED_UTF8);
    CHECK(mosquitto_pub_topic_check2("ab+", 2) == MOSQ_ERR_SUCCESS);
    CHECK(mosquitto_sub_topic_check("a/+/#") == MOSQ_ERR_SUCCESS);
    CHECK(mosquitto_sub_topic_check("a/#/b") == MOSQ_ERR_INVAL);
    CHECK(mosquitto_sub_topic_check(std::string(65'536, 'a').c_str()) == MOSQ_ERR_INVAL);
    CHECK(matching("foo/#", "foo/bar"));
    CHECK_FALSE(matching("non/+/+", "non/matching"));
    CHECK_FALSE(matching("#", "$SYS/x"));
    bool result = true;
    CHECK(mosquitto_topic_matches_sub("a/#", "a/+", &result) == MOSQ_ERR_INVAL);
    CHECK_FALSE(result);
    CHECK(mosquitto_topic_matches_sub(nullptr, "a", &result) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_topic_matches_sub("a", "a", nullptr) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_topic_matches_sub2("ab", 1, "ac", 1, &result) == MOSQ_ERR_SUCCESS);
    CHECK(result);
}

TEST_CASE("texts, errors and commands are read and named for plugins") {
    CHECK(mosquitto_validate_utf8("a\xC3\xA4", 3) == MOSQ_ERR_SUCCESS);
    CHECK(mosquitto_validate_utf8("a\xC3", 2) == MOSQ_ERR_MALFORMED_UTF8);
    CHECK(mosquitto_validate_utf8(nullptr, 0) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_validate_utf8("a", -1) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_strerror(MOSQ_ERR_ACL_DENIED) == "Access is denied."s);
    CHECK(mosquitto_strerror(12345) == "An unknown error."s);
    CHECK(mosquitto_reason_string(0x87) == "Not authorized"s);
    CHECK(mosquitto_reason_string(-1) == "Unknown reason"s);
    CHECK(mosquitto_connack_string(5) != mosquitto_connack_string(6));
    int command = 0;
    CHECK(mosquitto_string_to_command("subscribe", &command) == MOSQ_ERR_SUCCESS);
    CHECK(command == CMD_SUBSCRIBE);
    CHECK(mosquitto_string_to_command("will", &command) == MOSQ_ERR_SUCCESS);
    CHECK(command == CMD_WILL);
    CHECK(mosquitto_string_to_command("suback!", &command) == MOSQ_ERR_INVAL);
}

TEST_CASE("memory for plugins is memory that free() takes") {
    auto* text = static_cast<char*>(mosquitto_realloc(mosquitto_strdup("abc"), 100));
    CHECK(text == "abc"s);
    std::free(text);
    auto* zeroed = static_cast<char*>(mosquitto_calloc(3, 1));
    CHECK(std::string(zeroed, 3) == "\0\0\0"s);
    mosquitto_free(zeroed);
    mosquitto_free(nullptr);
    CHECK(mosquitto_strdup(nullptr) == nullptr);
}

TEST_CASE("a list of properties gives back what was put in, type by type") {
    mosquitto_property* list = nullptr;
    CHECK(mosquitto_property_add_byte(&list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1) == 0);
    CHECK(mosquitto_property_add_int16(&list, MQTT_PROP_TOPIC_ALIAS, 7) == 0);
    CHECK(mosquitto_property_add_int32(&list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 70'000) == 0);
    CHECK(mosquitto_property_add_varint(&list, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, 300) == 0);
    CHECK(mosquitto_property_add_binary(&list, MQTT_PROP_CORRELATION_DATA, "\0x", 2) == 0);
    CHECK(mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE, "text/plain") == 0);
    CHECK(mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "n", "1") == 0);
    CHECK(mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "m", "2") == 0);

    uint8_t byte = 0;
    uint16_t two = 0;
    uint32_t four = 0;
    CHECK(mosquitto_property_read_byte(list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, &byte, false));
    CHECK(byte == 1);
    CHECK(mosquitto_property_read_int16(list, MQTT_PROP_TOPIC_ALIAS, &two, false));
    CHECK(two == 7);
    CHECK(mosquitto_property_read_int32(list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, &four, false));
    CHECK(four == 70'000);
    CHECK(mosquitto_property_read_varint(list, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, &four, false));
    CHECK(four == 300);
    void* bytes = nullptr;
    CHECK(mosquitto_property_read_binary(list, MQTT_PROP_CORRELATION_DATA, &bytes, &two, false));
    CHECK(std::string(static_cast<char*>(bytes), two) == "\0x"s);
    std::free(bytes);
    char* text = nullptr;
    CHECK(mosquitto_property_read_string(list, MQTT_PROP_CONTENT_TYPE, &text, false));
    CHECK(text == "text/plain"s);
    std::free(text);
    char* name = nullptr;
    const auto* first =
        mosquitto_property_read_string_pair(list, MQTT_PROP_USER_PROPERTY, nullptr, nullptr, false);
    CHECK(mosquitto_property_read_string_pair(first, MQTT_PROP_USER_PROPERTY, &name, &text, true));
    CHECK(name == "m"s);
    CHECK(text == "2"s);
    std::free(name);
    std::free(text);
    CHECK(mosquitto_property_read_byte(list, MQTT_PROP_MAXIMUM_QOS, &byte, false) == nullptr);
    CHECK(mosquitto_property_identifier(list) == MQTT_PROP_PAYLOAD_FORMAT_INDICATOR);
    CHECK(mosquitto_property_identifier(mosquitto_property_next(list)) == MQTT_PROP_TOPIC_ALIAS);

    mosquitto_property* copied = nullptr;
    CHECK(mosquitto_property_copy_all(&copied, list) == MOSQ_ERR_SUCCESS);
    mosquitto_property_free_all(&list);
    CHECK(list == nullptr);
    CHECK(mosquitto_property_read_int16(copied, MQTT_PROP_TOPIC_ALIAS, &two, false));
    CHECK(mosquitto_property_check_all(CMD_PUBLISH, copied) == MOSQ_ERR_SUCCESS);
    CHECK(mosquitto_property_check_all(CMD_CONNECT, copied) == MOSQ_ERR_PROTOCOL);
    mosquitto_property_add_int16(&copied, MQTT_PROP_TOPIC_ALIAS, 8);
    CHECK(mosquitto_property_check_all(CMD_PUBLISH, copied) == MOSQ_ERR_DUPLICATE_PROPERTY);
    mosquitto_property_free_all(&copied);
}

TEST_CASE("a property of the wrong type, or with a text that is none, is not taken") {
    mosquitto_property* list = nullptr;
    CHECK(mosquitto_property_add_byte(&list, MQTT_PROP_TOPIC_ALIAS, 1) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_property_add_byte(&list, 99, 1) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_property_add_byte(nullptr, MQTT_PROP_MAXIMUM_QOS, 1) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE, "\xFF") ==
          MOSQ_ERR_MALFORMED_UTF8);
    CHECK(mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE,
                                        std::string(65'536, 'a').c_str()) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_property_add_varint(&list, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, 268'435'456) ==
          MOSQ_ERR_INVAL);
    CHECK(list == nullptr);
}

TEST_CASE("every property has mosquitto's name and type, both ways") {
    for (const auto& row : mqtt::property_table) {
        const int id = static_cast<int>(row.id);
        const char* name = mosquitto_property_identifier_to_string(id);
        REQUIRE(name != nullptr);
        int found = 0;
        int type = 0;
        CHECK(mosquitto_string_to_property_info(name, &found, &type) == MOSQ_ERR_SUCCESS);
        CHECK(found == id);
    }
    int id = 0;
    int type = 0;
    CHECK(mosquitto_string_to_property_info("response-topic", &id, &type) == MOSQ_ERR_SUCCESS);
    CHECK(id == MQTT_PROP_RESPONSE_TOPIC);
    CHECK(type == MQTT_PROP_TYPE_STRING);
    CHECK(mosquitto_string_to_property_info("response", &id, &type) == MOSQ_ERR_INVAL);
    CHECK(mosquitto_property_identifier_to_string(0) == nullptr);
    CHECK(mosquitto_property_check_command(CMD_WILL, MQTT_PROP_WILL_DELAY_INTERVAL) ==
          MOSQ_ERR_SUCCESS);
    CHECK(mosquitto_property_check_command(CMD_PUBLISH, MQTT_PROP_WILL_DELAY_INTERVAL) ==
          MOSQ_ERR_PROTOCOL);
}
