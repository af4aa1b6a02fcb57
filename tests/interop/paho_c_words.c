#include "paho_c_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char* name;
    enum MQTTPropertyCodes code;
} property_names[] = {
    {"payload_format_indicator", MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR},
    {"message_expiry_interval", MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL},
    {"content_type", MQTTPROPERTY_CODE_CONTENT_TYPE},
    {"response_topic", MQTTPROPERTY_CODE_RESPONSE_TOPIC},
    {"correlation_data", MQTTPROPERTY_CODE_CORRELATION_DATA},
    {"subscription_identifier", MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER},
    {"session_expiry_interval", MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL},
    {"assigned_client_identifier", MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFER},
    {"server_keep_alive", MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE},
    {"will_delay_interval", MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL},
    {"reason_string", MQTTPROPERTY_CODE_REASON_STRING},
    {"receive_maximum", MQTTPROPERTY_CODE_RECEIVE_MAXIMUM},
    {"topic_alias_maximum", MQTTPROPERTY_CODE_TOPIC_ALIAS_MAXIMUM},
    {"topic_alias", MQTTPROPERTY_CODE_TOPIC_ALIAS},
    {"user", MQTTPROPERTY_CODE_USER_PROPERTY},
    {"maximum_packet_size", MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE},
};
enum { property_count = sizeof property_names / sizeof property_names[0] };

_Noreturn void fail(const char* what, int code) {
    fprintf(stderr, "%s (%d)\n", what, code);
    exit(1);
}

struct start read_start(int count, char** words) {
    if (count != 4) {
        fprintf(stderr,
                "usage: %s URI VERSION CLIENT_ID, where 3 is 3.1, 4 is 3.1.1 and 5 is 5.0\n",
                words[0]);
        exit(2);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    return (struct start){words[1], atoi(words[2]), words[3]};
}

int read_command(struct command* command) {
    command->count = 0;
    if (fgets(command->line, sizeof command->line, stdin) == NULL)
        return 0;
    for (char* at = strtok(command->line, " \n"); at != NULL; at = strtok(NULL, " \n")) {
        if (command->count == words_max)
            fail("a line has too many words", words_max);
        command->words[command->count++] = at;
    }
    return command->count > 0;
}

int is(const struct command* command, const char* verb) {
    return strcmp(command->words[0], verb) == 0;
}

const char* word(const struct command* command, int at) {
    if (at >= command->count)
        fail("a word is missing", at);
    return command->words[at];
}

int number(const struct command* command, int at) {
    return atoi(word(command, at));
}

const char* option(const struct command* command, const char* name, const char* otherwise) {
    const size_t length = strlen(name);
    for (int at = 1; at < command->count; ++at)
        if (strncmp(command->words[at], name, length) == 0 && command->words[at][length] == '=')
            return command->words[at] + length + 1;
    return otherwise;
}

int number_option(const struct command* command, const char* name, int otherwise) {
    const char* value = option(command, name, NULL);
    return value == NULL ? otherwise : atoi(value);
}

MQTTSubscribe_options subscribe_options(const struct command* command) {
    MQTTSubscribe_options options = MQTTSubscribe_options_initializer;
    options.noLocal = (unsigned char)number_option(command, "no_local", 0);
    options.retainAsPublished = (unsigned char)number_option(command, "retain_as_published", 0);
    options.retainHandling = (unsigned char)number_option(command, "retain_handling", 0);
    return options;
}

static MQTTLenString text_of(char* begin, size_t length) {
    return (MQTTLenString){(int)length, begin};
}

static void add_property(MQTTProperties* properties, enum MQTTPropertyCodes code, char* value) {
    MQTTProperty property = {.identifier = code};
    char* colon = strchr(value, ':');
    switch (MQTTProperty_getType(code)) {
    case MQTTPROPERTY_TYPE_BYTE:
        property.value.byte = (unsigned char)atoi(value);
        break;
    case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER:
        property.value.integer2 = (unsigned short)atoi(value);
        break;
    case MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER:
    case MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER:
        property.value.integer4 = (unsigned int)strtoul(value, NULL, 10);
        break;
    case MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR:
        if (colon == NULL)
            fail("a user property is written user=name:value", code);
        property.value.data = text_of(value, (size_t)(colon - value));
        property.value.value = text_of(colon + 1, strlen(colon + 1));
        break;
    default:
        property.value.data = text_of(value, strlen(value));
    }
    if (MQTTProperties_add(properties, &property) != 0)
        fail("the library did not take a property", code);
}

MQTTProperties properties_of(const struct command* command, const char* prefix) {
    MQTTProperties properties = MQTTProperties_initializer;
    const size_t skipped = strlen(prefix);
    for (int at = 1; at < command->count; ++at) {
        char* const each = command->words[at];
        char* const value = strchr(each, '=');
        if (value == NULL || strncmp(each, prefix, skipped) != 0)
            continue;
        const size_t length = (size_t)(value - each) - skipped;
        for (int row = 0; row < property_count; ++row)
            if (strlen(property_names[row].name) == length &&
                strncmp(each + skipped, property_names[row].name, length) == 0)
                add_property(&properties, property_names[row].code, value + 1);
    }
    return properties;
}

static const char* name_of(enum MQTTPropertyCodes code) {
    for (int row = 0; row < property_count; ++row)
        if (property_names[row].code == code)
            return property_names[row].name;
    return MQTTPropertyName(code);
}

void print_properties(const MQTTProperties* properties) {
    for (int at = 0; at < properties->count; ++at) {
        const MQTTProperty* each = &properties->array[at];
        printf(" %s=", name_of(each->identifier));
        switch (MQTTProperty_getType(each->identifier)) {
        case MQTTPROPERTY_TYPE_BYTE:
            printf("%d", each->value.byte);
            break;
        case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER:
            printf("%d", each->value.integer2);
            break;
        case MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER:
        case MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER:
            printf("%u", each->value.integer4);
            break;
        case MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR:
            printf("%.*s:%.*s", each->value.data.len, each->value.data.data, each->value.value.len,
                   each->value.value.data);
            break;
        default:
            printf("%.*s", each->value.data.len, each->value.data.data);
        }
    }
}

void print_message(const char* topic, const char* payload, int payload_bytes, int qos, int retained,
                   const MQTTProperties* properties) {
    flockfile(stdout); // the library calls from a thread of its own
    printf("message %d %d %s %.*s", qos, retained, topic, payload_bytes, payload);
    print_properties(properties);
    printf("\n");
    funlockfile(stdout);
}
