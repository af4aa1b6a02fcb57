// A plugin for mosquitto's interface 5 that shows what a broker does with plugins: it writes each
// call as a line into a file, and answers as its options say. README.md beside it has the options
// and the lines. Not for use: it writes passwords down.
#define _GNU_SOURCE // gettid()
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONTROL_TOPIC "$CONTROL/probe"

enum {
    control_bytes_max = 1024,
    milliseconds_in_second = 1000,
    nanoseconds_in_millisecond = 1000000
};

struct probe {
    mosquitto_plugin_id_t* identifier;
    FILE* record;
    // Copies of the options; NULL: not given.
    char* deny_username;
    char* deny_topic;
    char* slow_event;
    char* rewrite_topic;
    char* rewrite_payload;
    char* psk_identity;
    char* psk_key;
    char* answer_basic_auth;
    char* answer_acl_check;
    char* answer_message;
    char* answer_control;
    char* answer_init;
    long slow_ms;
};

// --- lines ---

static void put_escaped(FILE* record, const char* bytes, size_t count) {
    for (size_t at = 0; at < count; ++at) {
        const unsigned char each = (unsigned char)bytes[at];
        if (each <= ' ' || each >= 0x7F || each == '%')
            fprintf(record, "%%%02X", each);
        else
            fputc(each, record);
    }
}

static void put_bytes(struct probe* probe, const char* name, const void* bytes, size_t count) {
    fprintf(probe->record, " %s=", name);
    put_escaped(probe->record, bytes, count);
}

// A NULL leaves the word out.
static void put_text(struct probe* probe, const char* name, const char* text) {
    if (text != NULL)
        put_bytes(probe, name, text, strlen(text));
}

static void put_number(struct probe* probe, const char* name, long number) {
    fprintf(probe->record, " %s=%ld", name, number);
}

static void begin_line(struct probe* probe, const char* event) {
    fputs(event, probe->record);
    put_number(probe, "thread", gettid());
}

static void put_client(struct probe* probe, const struct mosquitto* client) {
    if (client == NULL)
        return;
    put_text(probe, "client", mosquitto_client_id(client));
    put_text(probe, "client_username", mosquitto_client_username(client));
}

static void put_details(struct probe* probe, const struct mosquitto* client) {
    if (client == NULL)
        return;
    put_text(probe, "address", mosquitto_client_address(client));
    put_number(probe, "protocol", mosquitto_client_protocol(client));
    put_number(probe, "version", mosquitto_client_protocol_version(client));
    put_number(probe, "keep_alive", mosquitto_client_keepalive(client));
    put_number(probe, "clean", mosquitto_client_clean_session(client));
    put_number(probe, "subscriptions", mosquitto_client_sub_count(client));
}

static void put_message(struct probe* probe, const char* topic, const void* payload,
                        uint32_t payload_bytes, uint8_t qos, bool retain) {
    put_text(probe, "topic", topic);
    if (payload != NULL)
        put_bytes(probe, "payload", payload, payload_bytes);
    put_number(probe, "qos", qos);
    put_number(probe, "retain", retain);
}

static int end_line(struct probe* probe, int answer) {
    fprintf(probe->record, " answer=%d\n", answer);
    fflush(probe->record);
    return answer;
}

// --- answers ---

static bool same(const char* option, const char* text) {
    return option != NULL && text != NULL && strcmp(option, text) == 0;
}

static void be_slow(const struct probe* probe, const char* event) {
    if (!same(probe->slow_event, event))
        return;
    const struct timespec time = {probe->slow_ms / milliseconds_in_second,
                                  probe->slow_ms % milliseconds_in_second *
                                      nanoseconds_in_millisecond};
    nanosleep(&time, NULL);
}

static int answer_of(const char* option, int denial) {
    if (option == NULL || strcmp(option, "allow") == 0)
        return MOSQ_ERR_SUCCESS;
    if (strcmp(option, "deny") == 0)
        return denial;
    if (strcmp(option, "defer") == 0)
        return MOSQ_ERR_PLUGIN_DEFER;
    return MOSQ_ERR_UNKNOWN;
}

// --- callbacks ---

static int on_basic_auth(int event, void* event_pointer, void* user_pointer) {
    (void)event;
    struct probe* probe = user_pointer;
    const struct mosquitto_evt_basic_auth* seen = event_pointer;
    be_slow(probe, "basic_auth");
    begin_line(probe, "basic_auth");
    put_client(probe, seen->client);
    put_details(probe, seen->client);
    put_text(probe, "username", seen->username);
    put_text(probe, "password", seen->password);
    if (same(probe->deny_username, seen->username))
        return end_line(probe, MOSQ_ERR_AUTH);
    return end_line(probe, answer_of(probe->answer_basic_auth, MOSQ_ERR_AUTH));
}

static int on_acl_check(int event, void* event_pointer, void* user_pointer) {
    (void)event;
    struct probe* probe = user_pointer;
    const struct mosquitto_evt_acl_check* seen = event_pointer;
    be_slow(probe, "acl_check");
    begin_line(probe, "acl_check");
    put_client(probe, seen->client);
    put_number(probe, "access", seen->access);
    put_message(probe, seen->topic, seen->payload, seen->payloadlen, seen->qos, seen->retain);
    if (same(probe->deny_topic, seen->topic))
        return end_line(probe, MOSQ_ERR_ACL_DENIED);
    return end_line(probe, answer_of(probe->answer_acl_check, MOSQ_ERR_ACL_DENIED));
}

static int on_message(int event, void* event_pointer, void* user_pointer) {
    (void)event;
    struct probe* probe = user_pointer;
    struct mosquitto_evt_message* seen = event_pointer;
    be_slow(probe, "message");
    begin_line(probe, "message");
    put_client(probe, seen->client);
    put_message(probe, seen->topic, seen->payload, seen->payloadlen, seen->qos, seen->retain);
    if (probe->rewrite_payload != NULL && same(probe->rewrite_topic, seen->topic)) {
        // The old payload stays the broker's, and the new one becomes it.
        char* payload = mosquitto_strdup(probe->rewrite_payload);
        if (payload == NULL)
            return end_line(probe, MOSQ_ERR_NOMEM);
        seen->payload = payload;
        seen->payloadlen = (uint32_t)strlen(payload);
    }
    return end_line(probe, answer_of(probe->answer_message, MOSQ_ERR_ACL_DENIED));
}

static int on_psk_key(int event, void* event_pointer, void* user_pointer) {
    (void)event;
    struct probe* probe = user_pointer;
    struct mosquitto_evt_psk_key* seen = event_pointer;
    be_slow(probe, "psk_key");
    begin_line(probe, "psk_key");
    put_text(probe, "hint", seen->hint);
    put_text(probe, "identity", seen->identity);
    if (probe->psk_key == NULL || !same(probe->psk_identity, seen->identity))
        return end_line(probe, MOSQ_ERR_PLUGIN_DEFER);
    const int length = snprintf(seen->key, (size_t)seen->max_key_len, "%s", probe->psk_key);
    return end_line(probe, length < seen->max_key_len ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH);
}

static int on_disconnect(int event, void* event_pointer, void* user_pointer) {
    (void)event;
    struct probe* probe = user_pointer;
    const struct mosquitto_evt_disconnect* seen = event_pointer;
    be_slow(probe, "disconnect");
    begin_line(probe, "disconnect");
    put_client(probe, seen->client);
    put_number(probe, "reason", seen->reason);
    return end_line(probe, MOSQ_ERR_SUCCESS);
}

static int on_tick(int event, void* event_pointer, void* user_pointer) {
    (void)event;
    (void)event_pointer;
    struct probe* probe = user_pointer;
    be_slow(probe, "tick");
    begin_line(probe, "tick");
    return end_line(probe, MOSQ_ERR_SUCCESS);
}

static int on_reload(int event, void* event_pointer, void* user_pointer) {
    (void)event;
    struct probe* probe = user_pointer;
    const struct mosquitto_evt_reload* seen = event_pointer;
    be_slow(probe, "reload");
    begin_line(probe, "reload");
    for (int number = 0; number < seen->option_count; ++number)
        put_text(probe, seen->options[number].key, seen->options[number].value);
    return end_line(probe, MOSQ_ERR_SUCCESS);
}

// What somebody asks for by a message to CONTROL_TOPIC: a word, and up to two parts behind it.
static int obey(struct mosquitto* client, char* command) {
    char* rest = NULL;
    const char* word = strtok_r(command, " ", &rest);
    const char* first = strtok_r(NULL, " ", &rest);
    if (same("kick", word))
        return mosquitto_kick_client_by_clientid(first, false);
    if (same("kick_with_will", word))
        return mosquitto_kick_client_by_clientid(first, true);
    if (same("kick_username", word))
        return mosquitto_kick_client_by_username(first, false);
    if (same("rename", word))
        return mosquitto_set_username(client, first);
    if (same("publish", word) && first != NULL)
        return mosquitto_broker_publish_copy(NULL, first, (int)strlen(rest), rest, 0, false, NULL);
    if (same("retain", word) && first != NULL)
        return mosquitto_broker_publish_copy(NULL, first, (int)strlen(rest), rest, 1, true, NULL);
    if (same("log", word) && first != NULL)
        mosquitto_log_printf(MOSQ_LOG_NOTICE, "probe says %s", first);
    return MOSQ_ERR_SUCCESS;
}

static int on_control(int event, void* event_pointer, void* user_pointer) {
    (void)event;
    struct probe* probe = user_pointer;
    struct mosquitto_evt_control* seen = event_pointer;
    char command[control_bytes_max + 1] = {0};
    be_slow(probe, "control");
    begin_line(probe, "control");
    put_client(probe, seen->client);
    put_message(probe, seen->topic, seen->payload, seen->payloadlen, seen->qos, seen->retain);
    if (seen->payload != NULL && seen->payloadlen <= control_bytes_max)
        memcpy(command, seen->payload, seen->payloadlen);
    const int done = obey(seen->client, command);
    put_number(probe, "done", done);
    char text[control_bytes_max];
    const int length = snprintf(text, sizeof(text), "done %d", done);
    mosquitto_broker_publish_copy(mosquitto_client_id(seen->client), CONTROL_TOPIC "/response",
                                  length, text, 0, false, NULL);
    return end_line(probe, answer_of(probe->answer_control, MOSQ_ERR_ACL_DENIED));
}

// --- the three functions of the interface ---

struct callback_row {
    int event;
    MOSQ_FUNC_generic_callback call;
    const char* topic; // of MOSQ_EVT_CONTROL alone
};

static const struct callback_row callbacks[] = {
    {MOSQ_EVT_BASIC_AUTH, on_basic_auth, NULL}, {MOSQ_EVT_ACL_CHECK, on_acl_check, NULL},
    {MOSQ_EVT_MESSAGE, on_message, NULL},       {MOSQ_EVT_PSK_KEY, on_psk_key, NULL},
    {MOSQ_EVT_DISCONNECT, on_disconnect, NULL}, {MOSQ_EVT_TICK, on_tick, NULL},
    {MOSQ_EVT_RELOAD, on_reload, NULL},         {MOSQ_EVT_CONTROL, on_control, CONTROL_TOPIC},
};
enum { callback_count = sizeof(callbacks) / sizeof(callbacks[0]) };

struct option_row {
    const char* name;
    size_t offset; // of the copy
};

#define TEXT_OPTION(name)                                                                          \
    { #name, offsetof(struct probe, name) }

static const struct option_row text_options[] = {
    TEXT_OPTION(deny_username),  TEXT_OPTION(deny_topic),        TEXT_OPTION(slow_event),
    TEXT_OPTION(rewrite_topic),  TEXT_OPTION(rewrite_payload),   TEXT_OPTION(psk_identity),
    TEXT_OPTION(psk_key),        TEXT_OPTION(answer_basic_auth), TEXT_OPTION(answer_acl_check),
    TEXT_OPTION(answer_message), TEXT_OPTION(answer_control),    TEXT_OPTION(answer_init),
};
enum { text_option_count = sizeof(text_options) / sizeof(text_options[0]) };

static char** place_of(struct probe* probe, const struct option_row* row) {
    return (char**)((char*)probe + row->offset);
}

static void set_option(struct probe* probe, const struct mosquitto_opt* option) {
    if (same("record", option->key) && probe->record == NULL)
        probe->record = fopen(option->value, "ae");
    if (same("slow_ms", option->key))
        probe->slow_ms = strtol(option->value, NULL, 10);
    for (int number = 0; number < text_option_count; ++number) {
        char** place = place_of(probe, &text_options[number]);
        if (same(text_options[number].name, option->key) && *place == NULL)
            *place = strdup(option->value);
    }
}

static void forget(struct probe* probe) {
    for (int number = 0; number < text_option_count; ++number)
        free(*place_of(probe, &text_options[number]));
    if (probe->record != NULL)
        fclose(probe->record);
    free(probe);
}

int mosquitto_plugin_version(int count, const int* versions) {
    for (int number = 0; number < count; ++number)
        if (versions[number] == MOSQ_PLUGIN_VERSION)
            return MOSQ_PLUGIN_VERSION;
    return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void** user_pointer,
                          struct mosquitto_opt* options, int option_count) {
    struct probe* probe = calloc(1, sizeof(*probe));
    if (probe == NULL)
        return MOSQ_ERR_NOMEM;
    probe->identifier = identifier;
    for (int number = 0; number < option_count; ++number)
        set_option(probe, &options[number]);
    if (probe->record == NULL) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "probe: plugin_opt_record must name a file");
        forget(probe);
        return MOSQ_ERR_INVAL;
    }
    begin_line(probe, "init");
    for (int number = 0; number < option_count; ++number)
        put_text(probe, options[number].key, options[number].value);
    int answer = end_line(probe, answer_of(probe->answer_init, MOSQ_ERR_INVAL));
    for (int number = 0; number < callback_count && answer == MOSQ_ERR_SUCCESS; ++number)
        answer =
            mosquitto_callback_register(identifier, callbacks[number].event, callbacks[number].call,
                                        callbacks[number].topic, probe);
    if (answer != MOSQ_ERR_SUCCESS) {
        forget(probe);
        return answer;
    }
    *user_pointer = probe;
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_cleanup(void* user_pointer, struct mosquitto_opt* options, int option_count) {
    (void)options;
    (void)option_count;
    struct probe* probe = user_pointer;
    if (probe == NULL)
        return MOSQ_ERR_SUCCESS;
    begin_line(probe, "cleanup");
    for (int number = 0; number < callback_count; ++number)
        mosquitto_callback_unregister(probe->identifier, callbacks[number].event,
                                      callbacks[number].call, callbacks[number].topic);
    end_line(probe, MOSQ_ERR_SUCCESS);
    forget(probe);
    return MOSQ_ERR_SUCCESS;
}
