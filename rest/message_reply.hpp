// One message as an answer: its payload as the body and everything else as header fields; or its
// envelope.
#pragma once

#include "mqtt/types/message.hpp"
#include "rest/exchange.hpp"

namespace rest {

struct message_form {
    bool envelope = false; // else the payload itself
    bool parse = false;
};

// retained: it is the topic's value, which has a tag and a date; else it is passing by.
void show_message(exchange& each, const mqtt::message& what, bool retained,
                  const message_form& form);

} // namespace rest
