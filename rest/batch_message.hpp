// One message of a batch, read from a JSON object with EMQX's names: topic, payload,
// payload_encoding, qos, retain, properties.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "rest/json_cursor.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rest {

// A message that is about to be published. Its texts are views into the body.
struct batch_message {
    mqtt::publish_request what;
    std::string prefixed; // the topic, where the batch puts a prefix before it

    void clear();
};

// Why one message of a batch is none.
struct batch_fault {
    mqtt::reason reason = mqtt::reason::success;
    std::string detail;
};

// What holds for messages that do not say otherwise.
struct batch_terms {
    mqtt::qos qos = mqtt::qos::at_least_once; // the caller waits for an answer anyway
    bool retain = false;
    std::string prefix; // before each topic
    // EMQX's own paths: EMQX takes the member clientid, and ignores it.
    bool ignore_client_id = false;
};

// Reads the object that the cursor stands before, and changes its text. false: it is not JSON, and
// nothing behind it can be read. A fault with a reason: the object is no message; the cursor stands
// behind it.
bool read_batch_message(json_cursor& from, const batch_terms& terms, batch_message& into,
                        batch_fault& fault);

// Puts the prefix before the topic. fault: that is too long.
void set_topic(std::string_view topic, const batch_terms& terms, batch_message& into);

} // namespace rest
