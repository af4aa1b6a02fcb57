// The language of the two programs around Paho for C: a command is a line of words, an option is a
// word `name=value`, and so is a property of MQTT 5, both where it is given and where it is
// printed. Knows nothing of connections.
#ifndef PAHO_C_WORDS_H
#define PAHO_C_WORDS_H

#include <MQTTProperties.h>
#include <MQTTSubscribeOpts.h>
#include <stddef.h>

enum { words_max = 64, line_bytes_max = 4096 };

struct command {
    char line[line_bytes_max];
    char* words[words_max];
    int count;
};

// What a program is started with: URI VERSION CLIENT_ID.
struct start {
    const char* uri;
    int version;
    const char* client_id;
};

struct start read_start(int count, char** words);

// Reads the next line; 0: there is none.
int read_command(struct command* command);
int is(const struct command* command, const char* verb);

// The word at that place; ends the program with a sentence where there is none.
const char* word(const struct command* command, int at);
int number(const struct command* command, int at);

// The value of an option; `otherwise` where it was not given.
const char* option(const struct command* command, const char* name, const char* otherwise);
int number_option(const struct command* command, const char* name, int otherwise);
MQTTSubscribe_options subscribe_options(const struct command* command);

// The properties among the words: those whose name begins with the prefix, which is "" or "will.".
MQTTProperties properties_of(const struct command* command, const char* prefix);

// ` name=value` for each property, in their order.
void print_properties(const MQTTProperties* properties);

// A whole line for a message. Both libraries have a structure of their own for it, with the same
// members.
void print_message(const char* topic, const char* payload, int payload_bytes, int qos, int retained,
                   const MQTTProperties* properties);

// Ends the program with a sentence on standard error.
_Noreturn void fail(const char* what, int code);

#endif
