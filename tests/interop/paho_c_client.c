// Paho's synchronous client for C, driven by lines on standard input; answers and messages are
// lines on standard output. The expectations stand in paho_c_test.py. What the library refuses ends
// the program with a sentence.
#include "paho_c_words.h"

#include <MQTTClient.h>
#include <stdio.h>

enum { patience_ms = 15000, topics_max = 8 };

static void on_lost(void* context, char* cause) {
    (void)context;
    (void)cause;
    printf("lost\n");
}

static void on_server_disconnect(void* context, MQTTProperties* properties,
                                 enum MQTTReasonCodes reason) {
    (void)context;
    (void)properties;
    printf("disconnected_by_server %d\n", reason);
}

static int on_message(void* context, char* topic, int topic_bytes, MQTTClient_message* message) {
    (void)context;
    (void)topic_bytes; // 0, as these topics hold no null character
    print_message(topic, message->payload, message->payloadlen, message->qos, message->retained,
                  &message->properties);
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
    return 1;
}

static MQTTClient create(const struct start* start) {
    MQTTClient client = NULL;
    MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
    options.MQTTVersion = start->version;
    int code = MQTTClient_createWithOptions(&client, start->uri, start->client_id,
                                            MQTTCLIENT_PERSISTENCE_NONE, NULL, &options);
    if (code != MQTTCLIENT_SUCCESS)
        fail("the client could not be made", code);
    code = MQTTClient_setCallbacks(client, NULL, on_lost, on_message, NULL);
    if (code == MQTTCLIENT_SUCCESS && start->version == MQTTVERSION_5)
        code = MQTTClient_setDisconnected(client, NULL, on_server_disconnect);
    if (code != MQTTCLIENT_SUCCESS)
        fail("the callbacks were refused", code);
    return client;
}

// connect CLEAN [keep_alive=] [username=] [password=] [will=TOPIC will_payload= will_qos=
// will_retain=] [PROPERTIES]
static void do_connect(MQTTClient client, const struct command* command, int version) {
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
    MQTTClient_connectOptions options5 = MQTTClient_connectOptions_initializer5;
    if (version == MQTTVERSION_5)
        options = options5;
    MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
    MQTTProperties properties = properties_of(command, "");
    MQTTProperties will_properties = properties_of(command, "will.");
    const int clean = number(command, 1);
    options.MQTTVersion = version;
    options.cleansession = version == MQTTVERSION_5 ? 0 : clean;
    options.cleanstart = version == MQTTVERSION_5 ? clean : 0;
    options.keepAliveInterval = number_option(command, "keep_alive", 60);
    options.username = option(command, "username", NULL);
    options.password = option(command, "password", NULL);
    options.reliable = 0; // many messages may be in flight
    options.connectTimeout = patience_ms / 1000;
    will.topicName = option(command, "will", NULL);
    will.message = option(command, "will_payload", "");
    will.qos = number_option(command, "will_qos", 0);
    will.retained = number_option(command, "will_retain", 0);
    if (will.topicName != NULL)
        options.will = &will;
    if (version == MQTTVERSION_5) {
        MQTTResponse response = MQTTClient_connect5(
            client, &options, &properties, will.topicName != NULL ? &will_properties : NULL);
        printf("connected %d %d", (int)response.reasonCode, options.returned.sessionPresent);
        if (response.properties != NULL)
            print_properties(response.properties);
        printf("\n");
        MQTTResponse_free(response);
    } else {
        const int code = MQTTClient_connect(client, &options);
        printf("connected %d %d\n", code, options.returned.sessionPresent);
    }
    MQTTProperties_free(&properties);
    MQTTProperties_free(&will_properties);
}

// subscribe QOS FILTER [QOS FILTER ...] [no_local=] [retain_as_published=] [retain_handling=]
// [PROPERTIES]
static void do_subscribe(MQTTClient client, const struct command* command, int version) {
    char* filters[topics_max];
    int qos[topics_max];
    MQTTSubscribe_options options[topics_max];
    int count = 0;
    for (int at = 1; at + 1 < command->count && command->words[at][1] == '\0' && count < topics_max;
         at += 2) {
        qos[count] = number(command, at);
        filters[count] = command->words[at + 1];
        options[count++] = subscribe_options(command);
    }
    MQTTProperties properties = properties_of(command, "");
    const int is_5 = version == MQTTVERSION_5;
    MQTTResponse response = MQTTClient_subscribeMany5(
        client, count, filters, qos, is_5 ? options : NULL, is_5 ? &properties : NULL);
    if ((int)response.reasonCode < 0)
        fail("SUBSCRIBE failed", response.reasonCode);
    printf("granted");
    for (int at = 0; at < count; ++at) {
        if (!is_5)
            printf(" %d", qos[at]); // the library writes the answer there
        else
            printf(" %d", response.reasonCodes != NULL ? (int)response.reasonCodes[at]
                                                       : (int)response.reasonCode);
    }
    printf("\n");
    MQTTResponse_free(response);
    MQTTProperties_free(&properties);
}

static void do_unsubscribe(MQTTClient client, const struct command* command) {
    MQTTResponse response = MQTTClient_unsubscribe5(client, word(command, 1), NULL);
    if ((int)response.reasonCode < 0)
        fail("UNSUBSCRIBE failed", response.reasonCode);
    printf("unsubscribed %d\n", (int)response.reasonCode);
    MQTTResponse_free(response);
}

static MQTTClient_deliveryToken send(MQTTClient client, const char* topic, const char* payload,
                                     int qos, int retained, MQTTProperties properties) {
    MQTTClient_message message = MQTTClient_message_initializer;
    MQTTClient_deliveryToken token = 0;
    int length = 0;
    while (payload[length] != '\0')
        ++length;
    message.payload = (void*)payload;
    message.payloadlen = length;
    message.qos = qos;
    message.retained = retained;
    message.properties = properties;
    MQTTResponse response = MQTTClient_publishMessage5(client, topic, &message, &token);
    if (response.reasonCode != MQTTREASONCODE_SUCCESS)
        fail("PUBLISH failed", response.reasonCode);
    MQTTResponse_free(response);
    return token;
}

static void wait_for(MQTTClient client, MQTTClient_deliveryToken token) {
    const int code = MQTTClient_waitForCompletion(client, token, patience_ms);
    if (code != MQTTCLIENT_SUCCESS)
        fail("the acknowledgement did not come", code);
}

// publish QOS RETAINED TOPIC PAYLOAD [PROPERTIES]; the payload - is an empty one
static void do_publish(MQTTClient client, const struct command* command) {
    MQTTProperties properties = properties_of(command, "");
    const char* payload = word(command, 4);
    const int qos = number(command, 1);
    const MQTTClient_deliveryToken token =
        send(client, word(command, 3), payload[0] == '-' && payload[1] == '\0' ? "" : payload, qos,
             number(command, 2), properties);
    if (qos > 0)
        wait_for(client, token);
    printf("published\n");
    MQTTProperties_free(&properties);
}

// stream QOS TOPIC COUNT: the numbers below COUNT, as many at once as the library allows
static void do_stream(MQTTClient client, const struct command* command) {
    const MQTTProperties none = MQTTProperties_initializer;
    const int qos = number(command, 1);
    const int count = number(command, 3);
    MQTTClient_deliveryToken last = 0;
    for (int each = 0; each < count; ++each) {
        char payload[16];
        snprintf(payload, sizeof payload, "%d", each);
        last = send(client, word(command, 2), payload, qos, 0, none);
    }
    if (qos > 0)
        wait_for(client, last);
    printf("published\n");
}

static void do_disconnect(MQTTClient client, const struct command* command, int version) {
    MQTTProperties properties = properties_of(command, "");
    const int code = version == MQTTVERSION_5
                         ? MQTTClient_disconnect5(client, 1000, MQTTREASONCODE_SUCCESS, &properties)
                         : MQTTClient_disconnect(client, 1000);
    if (code != MQTTCLIENT_SUCCESS)
        fail("DISCONNECT failed", code);
    printf("left\n");
    MQTTProperties_free(&properties);
}

int main(int count, char** words) {
    static struct command command;
    const struct start start = read_start(count, words);
    MQTTClient client = create(&start);
    while (read_command(&command)) {
        if (is(&command, "connect"))
            do_connect(client, &command, start.version);
        else if (is(&command, "subscribe"))
            do_subscribe(client, &command, start.version);
        else if (is(&command, "unsubscribe"))
            do_unsubscribe(client, &command);
        else if (is(&command, "publish"))
            do_publish(client, &command);
        else if (is(&command, "stream"))
            do_stream(client, &command);
        else if (is(&command, "disconnect"))
            do_disconnect(client, &command, start.version);
        else
            fail(command.words[0], 0);
    }
    MQTTClient_destroy(&client);
    return 0;
}
