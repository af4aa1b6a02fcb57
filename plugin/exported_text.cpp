// Memory, texts and topics for plugins. Names, arguments and answers are mosquitto's: mosquitto.h.
#include "mqtt/codec/packet_table.hpp"
#include "mqtt/types/reason.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "plugin/interface.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <strings.h>

namespace {

constexpr int text_bytes_max = 65'536;

struct error_row {
    int code;
    const char* sentence;
};

// clang-format off
constexpr std::array error_table{
    error_row{MOSQ_ERR_AUTH_CONTINUE,       "The authentication goes on."},
    error_row{MOSQ_ERR_NO_SUBSCRIBERS,      "Nobody subscribes to it."},
    error_row{MOSQ_ERR_SUB_EXISTS,          "The subscription exists."},
    error_row{MOSQ_ERR_CONN_PENDING,        "The connection is being made."},
    error_row{MOSQ_ERR_SUCCESS,             "No error."},
    error_row{MOSQ_ERR_NOMEM,               "Out of memory."},
    error_row{MOSQ_ERR_PROTOCOL,            "The protocol does not allow it."},
    error_row{MOSQ_ERR_INVAL,               "An argument is not valid."},
    error_row{MOSQ_ERR_NO_CONN,             "The client is not connected."},
    error_row{MOSQ_ERR_CONN_REFUSED,        "The connection was refused."},
    error_row{MOSQ_ERR_NOT_FOUND,           "There is no such thing."},
    error_row{MOSQ_ERR_CONN_LOST,           "The connection was lost."},
    error_row{MOSQ_ERR_TLS,                 "TLS failed."},
    error_row{MOSQ_ERR_PAYLOAD_SIZE,        "The payload is too large."},
    error_row{MOSQ_ERR_NOT_SUPPORTED,       "This is not supported."},
    error_row{MOSQ_ERR_AUTH,                "The authentication failed."},
    error_row{MOSQ_ERR_ACL_DENIED,          "Access is denied."},
    error_row{MOSQ_ERR_UNKNOWN,             "An unknown error."},
    error_row{MOSQ_ERR_ERRNO,               "A system call failed."},
    error_row{MOSQ_ERR_EAI,                 "A look-up failed."},
    error_row{MOSQ_ERR_PROXY,               "The proxy failed."},
    error_row{MOSQ_ERR_PLUGIN_DEFER,        "The plugin leaves it to others."},
    error_row{MOSQ_ERR_MALFORMED_UTF8,      "This is not UTF-8."},
    error_row{MOSQ_ERR_KEEPALIVE,           "Nothing came for too long."},
    error_row{MOSQ_ERR_LOOKUP,              "The name was not found."},
    error_row{MOSQ_ERR_MALFORMED_PACKET,    "The packet is malformed."},
    error_row{MOSQ_ERR_DUPLICATE_PROPERTY,  "A property stands there twice."},
    error_row{MOSQ_ERR_TLS_HANDSHAKE,       "The TLS handshake failed."},
    error_row{MOSQ_ERR_QOS_NOT_SUPPORTED,   "This quality of service is not supported."},
    error_row{MOSQ_ERR_OVERSIZE_PACKET,     "The packet is larger than allowed."},
    error_row{MOSQ_ERR_OCSP,                "The certificate's status could not be verified."},
    error_row{MOSQ_ERR_TIMEOUT,             "It took too long."},
    error_row{MOSQ_ERR_RETAIN_NOT_SUPPORTED, "Retained messages are not supported."},
    error_row{MOSQ_ERR_TOPIC_ALIAS_INVALID, "The topic alias is not valid."},
    error_row{MOSQ_ERR_ADMINISTRATIVE_ACTION, "An administrator has done it."},
    error_row{MOSQ_ERR_ALREADY_EXISTS,      "It exists already."},
};

constexpr std::array connack_sentences{
    "Connection accepted.",
    "Connection refused: the protocol version is not supported.",
    "Connection refused: the client identifier is not valid.",
    "Connection refused: the server is not available.",
    "Connection refused: user name or password is wrong.",
    "Connection refused: not authorised.",
};
// clang-format on

template <class Check>
int topic_answer(const char* text, std::size_t bytes, const Check& check) {
    if (text == nullptr || bytes > mqtt::topic_bytes_max)
        return MOSQ_ERR_INVAL;
    const std::string_view topic(text, bytes);
    if (!mqtt::is_utf8_string(topic))
        return MOSQ_ERR_MALFORMED_UTF8;
    return check(topic) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_INVAL;
}

std::size_t length_of(const char* text) {
    return text == nullptr ? 0 : std::strlen(text);
}

} // namespace

extern "C" {

void* mosquitto_calloc(size_t count, size_t size) {
    return std::calloc(count, size);
}

void mosquitto_free(void* memory) {
    std::free(memory);
}

void* mosquitto_malloc(size_t size) {
    return std::malloc(size);
}

void* mosquitto_realloc(void* memory, size_t size) {
    return std::realloc(memory, size);
}

char* mosquitto_strdup(const char* text) {
    return text == nullptr ? nullptr : ::strdup(text);
}

const char* mosquitto_strerror(int code) {
    for (const auto& row : error_table)
        if (row.code == code)
            return row.sentence;
    return "An unknown error.";
}

const char* mosquitto_connack_string(int code) {
    const auto row = static_cast<std::size_t>(code);
    return code >= 0 && row < connack_sentences.size() ? connack_sentences[row]
                                                       : "Connection refused: unknown reason.";
}

// The names of the table are literals, so each ends in a zero.
const char* mosquitto_reason_string(int code) {
    if (code < 0 || code > UINT8_MAX || !mqtt::is_known(static_cast<std::uint8_t>(code)))
        return "Unknown reason";
    return mqtt::row_of(mqtt::reason{static_cast<std::uint8_t>(code)}).name.data();
}

int mosquitto_string_to_command(const char* name, int* command) {
    if (name == nullptr || command == nullptr)
        return MOSQ_ERR_INVAL;
    if (::strcasecmp(name, "will") == 0) {
        *command = CMD_WILL;
        return MOSQ_ERR_SUCCESS;
    }
    for (const auto& row : mqtt::packet_table) {
        if (::strcasecmp(name, row.name.data()) == 0) {
            *command = static_cast<int>(row.type) << 4;
            return MOSQ_ERR_SUCCESS;
        }
    }
    return MOSQ_ERR_INVAL;
}

int mosquitto_validate_utf8(const char* text, int bytes) {
    if (text == nullptr || bytes < 0 || bytes > text_bytes_max)
        return MOSQ_ERR_INVAL;
    const std::string_view all(text, static_cast<std::size_t>(bytes));
    return mqtt::is_utf8_string(all) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_MALFORMED_UTF8;
}

int mosquitto_pub_topic_check2(const char* topic, size_t bytes) {
    return topic_answer(topic, bytes, mqtt::is_topic_name);
}

int mosquitto_pub_topic_check(const char* topic) {
    return mosquitto_pub_topic_check2(topic, length_of(topic));
}

int mosquitto_sub_topic_check2(const char* filter, size_t bytes) {
    return topic_answer(filter, bytes, mqtt::is_topic_filter);
}

int mosquitto_sub_topic_check(const char* filter) {
    return mosquitto_sub_topic_check2(filter, length_of(filter));
}

int mosquitto_topic_matches_sub2(const char* filter, size_t filter_bytes, const char* topic,
                                 size_t topic_bytes, bool* result) {
    if (result == nullptr)
        return MOSQ_ERR_INVAL;
    *result = false;
    if (filter == nullptr || topic == nullptr)
        return MOSQ_ERR_INVAL;
    const std::string_view pattern(filter, filter_bytes);
    const std::string_view name(topic, topic_bytes);
    if (!mqtt::is_topic_filter(pattern) || !mqtt::is_topic_name(name))
        return MOSQ_ERR_INVAL;
    *result = mqtt::matches(pattern, name);
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_topic_matches_sub(const char* filter, const char* topic, bool* result) {
    return mosquitto_topic_matches_sub2(filter, length_of(filter), topic, length_of(topic), result);
}

} // extern "C"
