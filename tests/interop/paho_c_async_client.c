// Paho's asynchronous client for C, in the language of paho_c_client.c: answers come from the
// callbacks. It can come back by itself when its connection is cut, and keeps what is published
// meanwhile.
#include "paho_c_words.h"

#include <MQTTAsync.h>
#include <stdatomic.h>
#include <stdio.h>

enum { patience_ms = 15000, buffered_max = 10000 };

static atomic_int unfinished; // messages that are not acknowledged yet

static void on_online(void* context, char* cause) {
    (void)context;
    (void)cause;
    printf("online\n");
}

static void on_lost(void* context, char* cause) {
    (void)context;
    (void)cause;
    printf("lost\n");
}

static void on_server_disconnect(void* context, MQTTProperties* properties,
                                 enum MQTTReasonCodes reason) {
    (void)context;
    (void)properties;
    printf("disconnected_by_server %d\n", (int)reason);
}

static int on_message(void* context, char* topic, int topic_bytes, MQTTAsync_message* message) {
    (void)context;
    (void)topic_bytes; // 0, as these topics hold no null character
    print_message(topic, message->payload, message->payloadlen, message->qos, message->retained,
                  &message->properties);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

// Answers: in version 5 the library calls other functions, with other structures.

static void on_failure(void* context, MQTTAsync_failureData* failure) {
    printf("refused %s %d\n", (const char*)context, failure != NULL ? failure->code : 0);
}

static void on_failure5(void* context, MQTTAsync_failureData5* failure) {
    printf("refused %s %d\n", (const char*)context, (int)failure->reasonCode);
}

static void on_connected(void* context, MQTTAsync_successData* success) {
    (void)context;
    printf("connected 0 %d\n", success->alt.connect.sessionPresent);
}

static void on_connected5(void* context, MQTTAsync_successData5* success) {
    (void)context;
    printf("connected %d %d", (int)success->reasonCode, success->alt.connect.sessionPresent);
    print_properties(&success->properties);
    printf("\n");
}

static void on_granted(void* context, MQTTAsync_successData* success) {
    (void)context;
    printf("granted %d\n", success->alt.qos);
}

static void on_granted5(void* context, MQTTAsync_successData5* success) {
    (void)context;
    printf("granted %d\n", (int)success->reasonCode);
}

static void finish_one(void) {
    if (atomic_fetch_sub(&unfinished, 1) == 1)
        printf("published\n");
}

static void on_published(void* context, MQTTAsync_successData* success) {
    (void)context;
    (void)success;
    finish_one();
}

static void on_published5(void* context, MQTTAsync_successData5* success) {
    (void)context;
    (void)success;
    finish_one();
}

static void on_left(void* context, MQTTAsync_successData* success) {
    (void)context;
    (void)success;
    printf("left\n");
}

static void on_left5(void* context, MQTTAsync_successData5* success) {
    (void)context;
    (void)success;
    printf("left\n");
}

static MQTTAsync create(const struct start* start) {
    MQTTAsync client = NULL;
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
    options.MQTTVersion = start->version;
    options.sendWhileDisconnected = 1;
    options.maxBufferedMessages = buffered_max;
    int code = MQTTAsync_createWithOptions(&client, start->uri, start->client_id,
                                           MQTTCLIENT_PERSISTENCE_NONE, NULL, &options);
    if (code == MQTTASYNC_SUCCESS)
        code = MQTTAsync_setCallbacks(client, NULL, on_lost, on_message, NULL);
    if (code == MQTTASYNC_SUCCESS)
        code = MQTTAsync_setConnected(client, NULL, on_online);
    if (code == MQTTASYNC_SUCCESS && start->version == MQTTVERSION_5)
        code = MQTTAsync_setDisconnected(client, NULL, on_server_disconnect);
    if (code != MQTTASYNC_SUCCESS)
        fail("the client could not be made", code);
    return client;
}

// connect CLEAN [reconnect=1] [keep_alive=] [PROPERTIES]
static void do_connect(MQTTAsync client, const struct command* command, int version) {
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions options5 = MQTTAsync_connectOptions_initializer5;
    MQTTProperties properties = properties_of(command, "");
    const int clean = number(command, 1);
    if (version == MQTTVERSION_5) {
        options = options5;
        options.cleanstart = clean;
        options.connectProperties = &properties;
        options.onSuccess5 = on_connected5;
        options.onFailure5 = on_failure5;
    } else {
        options.MQTTVersion = version;
        options.cleansession = clean;
        options.onSuccess = on_connected;
        options.onFailure = on_failure;
    }
    options.context = "connect";
    options.keepAliveInterval = number_option(command, "keep_alive", 60);
    options.automaticReconnect = number_option(command, "reconnect", 0);
    options.minRetryInterval = 1;
    options.maxRetryInterval = 1;
    const int code = MQTTAsync_connect(client, &options);
    if (code != MQTTASYNC_SUCCESS)
        fail("CONNECT failed", code);
    MQTTProperties_free(&properties);
}

// subscribe QOS FILTER
static void do_subscribe(MQTTAsync client, const struct command* command, int version) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.context = "subscribe";
    if (version == MQTTVERSION_5) {
        options.onSuccess5 = on_granted5;
        options.onFailure5 = on_failure5;
    } else {
        options.onSuccess = on_granted;
        options.onFailure = on_failure;
    }
    const int code = MQTTAsync_subscribe(client, word(command, 2), number(command, 1), &options);
    if (code != MQTTASYNC_SUCCESS)
        fail("SUBSCRIBE failed", code);
}

// stream QOS TOPIC COUNT: the numbers below COUNT; the answer comes when all are acknowledged
static void do_stream(MQTTAsync client, const struct command* command, int version) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    const int count = number(command, 3);
    options.context = "publish";
    if (version == MQTTVERSION_5) {
        options.onSuccess5 = on_published5;
        options.onFailure5 = on_failure5;
    } else {
        options.onSuccess = on_published;
        options.onFailure = on_failure;
    }
    atomic_store(&unfinished, count);
    for (int each = 0; each < count; ++each) {
        char payload[16];
        const int length = snprintf(payload, sizeof payload, "%d", each);
        const int code = MQTTAsync_send(client, word(command, 2), length, payload,
                                        number(command, 1), 0, &options);
        if (code != MQTTASYNC_SUCCESS)
            fail("PUBLISH failed", code);
    }
}

static void do_disconnect(MQTTAsync client, int version) {
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    MQTTAsync_disconnectOptions options5 = MQTTAsync_disconnectOptions_initializer5;
    if (version == MQTTVERSION_5) {
        options = options5;
        options.onSuccess5 = on_left5;
    } else {
        options.onSuccess = on_left;
    }
    options.timeout = patience_ms;
    const int code = MQTTAsync_disconnect(client, &options);
    if (code != MQTTASYNC_SUCCESS)
        fail("DISCONNECT failed", code);
}

int main(int count, char** words) {
    static struct command command;
    const struct start start = read_start(count, words);
    MQTTAsync client = create(&start);
    while (read_command(&command)) {
        if (is(&command, "connect"))
            do_connect(client, &command, start.version);
        else if (is(&command, "subscribe"))
            do_subscribe(client, &command, start.version);
        else if (is(&command, "stream"))
            do_stream(client, &command, start.version);
        else if (is(&command, "disconnect"))
            do_disconnect(client, start.version);
        else
            fail(command.words[0], 0);
    }
    MQTTAsync_destroy(&client);
    return 0;
}
