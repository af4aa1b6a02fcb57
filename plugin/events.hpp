// What plugins are asked and told, and what they answer, in words of our own: nothing of
// mosquitto's headers is seen here.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/auth/identity.hpp"
#include "mqtt/types/qos.hpp"
#include "mqtt/types/reason.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plugin {

// A `plugin` line and the `plugin_opt_*` lines behind it.
struct description {
    std::string path;
    // Names without "plugin_opt_", in the order of the file.
    std::vector<std::pair<std::string, std::string>> options{};
    std::uint16_t realm = 0; // speaks for the identities of this realm
    // Access is denied, unasked, to a user name or client id with '+' or '#' in it: a plugin that
    // builds topics from names would see a wildcard.
    bool deny_special_characters = true;
};

enum class event : std::uint8_t {
    basic_auth,
    extended_auth,         // the first step of a method
    extended_auth_further, // each other step
    acl_check,
    psk_key,
    message,
    control,
    disconnect,
    reload,
    tick,
};

// deferred: every plugin has left the decision to others, or none is asked.
enum class verdict : std::uint8_t { denied, granted, deferred };

struct auth_answer {
    plugin::verdict verdict = verdict::denied;
    mqtt::reason reason = mqtt::reason::not_authorized; // when denied
    std::optional<std::string> username{};              // from now on; a plugin may have changed it
};

// A step of an authentication method, MQTT 5 section 4.12.
struct auth_step {
    mqtt::credentials presented;
    std::string method;
    std::string received{}; // Authentication Data; may be empty
    bool first = true;
};

struct auth_step_answer {
    // success, continue_authentication, bad_authentication_method when no plugin knows the method,
    // or why not.
    mqtt::reason reason = mqtt::reason::not_authorized;
    std::string answer{}; // Authentication Data
    std::optional<std::string> username{};
};

struct question {
    mqtt::identity who;
    mqtt::operation what = mqtt::operation::receive;
    std::string topic; // or filter, when they subscribe
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool retain = false;
    std::shared_ptr<const std::string> payload{}; // null: there is none, or it is not at hand
};

struct psk_question {
    std::string hint;
    std::string identity;
    mqtt::entry from{};
};

struct psk_answer {
    std::optional<std::string> key{}; // bytes; nothing: the handshake fails
    std::optional<std::string>
        username{}; // set by the plugin; nothing: as use_identity_as_username
};

struct message {
    mqtt::identity from;
    std::string topic;
    std::string payload{};
    std::string properties{}; // the forwarded ones, as wire bytes without their length
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool retain = false;
};

struct message_answer {
    mqtt::reason reason = mqtt::reason::success; // else the message is not delivered to anybody
    std::string reason_string{};
    plugin::message message{}; // as the plugins have left it; when success
};

struct control_answer {
    mqtt::reason reason = mqtt::reason::success;
    std::string reason_string{};
};

} // namespace plugin
