// What plugins ask of the broker: callbacks, messages, kicks, log lines. Names, arguments and
// answers are mosquitto's: mosquitto_broker.h. On a thread of a plugin's own they refuse.
#include "mqtt/codec/wire.hpp"
#include "mqtt/types/topic.hpp"
#include "plugin/callbacks.hpp"
#include "plugin/dispatcher.hpp"
#include "plugin/exports.hpp"
#include "plugin/interface.hpp"
#include "plugin/property_list.hpp"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <utility>

namespace {

using plugin::dispatcher;

// Subscriptions and such are of mosquitto's own log; a plugin that uses their levels is not
// alarmed.
plugin::log_level level_of(int level) {
    if ((level & MOSQ_LOG_ERR) != 0)
        return plugin::log_level::error;
    if ((level & MOSQ_LOG_WARNING) != 0)
        return plugin::log_level::warning;
    if ((level & MOSQ_LOG_NOTICE) != 0)
        return plugin::log_level::notice;
    if ((level & MOSQ_LOG_INFO) != 0)
        return plugin::log_level::info;
    return plugin::log_level::debug;
}

// MOSQ_ERR_SUCCESS when the message is on its way; it takes nothing of what the plugin owns.
int publish(const char* client_id, const char* topic, int payload_bytes, const void* payload,
            int qos, bool retain, const mosquitto_property* properties) {
    auto* stage = dispatcher::current();
    if (topic == nullptr || payload_bytes < 0 || (payload_bytes > 0 && payload == nullptr) ||
        qos < 0 || qos > 2 || static_cast<std::uint32_t>(payload_bytes) > mqtt::varint_max ||
        !mqtt::is_topic_name(topic))
        return MOSQ_ERR_INVAL;
    if (stage == nullptr)
        return MOSQ_ERR_NOT_SUPPORTED;
    auto bytes = plugin::forwarded_bytes(properties);
    if (!bytes)
        return MOSQ_ERR_INVAL;
    plugin::publish_order order;
    if (client_id != nullptr)
        order.client_id = client_id;
    order.topic = topic;
    if (payload_bytes > 0)
        order.payload.assign(static_cast<const char*>(payload),
                             static_cast<std::size_t>(payload_bytes));
    order.properties = std::move(*bytes);
    order.qos = mqtt::qos{static_cast<std::uint8_t>(qos)};
    order.retain = retain && client_id == nullptr;
    if (const auto* row = plugin::find(properties, mqtt::property_id::message_expiry_interval))
        order.message_expiry = row->number;
    stage->broker().publish(std::move(order));
    return MOSQ_ERR_SUCCESS;
}

int kick(plugin::kick_order whom) {
    auto* stage = dispatcher::current();
    if (stage == nullptr)
        return MOSQ_ERR_NOT_SUPPORTED;
    stage->broker().kick(std::move(whom));
    return MOSQ_ERR_SUCCESS;
}

// Whether it is the plugins' thread: the list of callbacks is changed nowhere else.
bool may_register(const mosquitto_plugin_id_t* identifier) {
    return identifier != nullptr && dispatcher::current() != nullptr;
}

} // namespace

extern "C" {

// Of mosquitto's program, in none of its headers.
void mosquitto_log_vprintf(int level, const char* format, va_list arguments);

int mosquitto_callback_register(mosquitto_plugin_id_t* identifier, int event,
                                MOSQ_FUNC_generic_callback function, const void* event_argument,
                                void* userdata) {
    if (!may_register(identifier))
        return MOSQ_ERR_INVAL;
    return identifier->registry->add(identifier, event, function, event_argument, userdata);
}

int mosquitto_callback_unregister(mosquitto_plugin_id_t* identifier, int event,
                                  MOSQ_FUNC_generic_callback function, const void* event_argument) {
    if (!may_register(identifier))
        return MOSQ_ERR_INVAL;
    return identifier->registry->remove(identifier, event, function, event_argument);
}

int mosquitto_broker_publish(const char* client_id, const char* topic, int payload_bytes,
                             void* payload, int qos, bool retain, mosquitto_property* properties) {
    const int answer = publish(client_id, topic, payload_bytes, payload, qos, retain, properties);
    if (answer == MOSQ_ERR_SUCCESS) {
        mosquitto_free(payload);
        plugin::free_list(properties);
    }
    return answer;
}

int mosquitto_broker_publish_copy(const char* client_id, const char* topic, int payload_bytes,
                                  const void* payload, int qos, bool retain,
                                  mosquitto_property* properties) {
    const int answer = publish(client_id, topic, payload_bytes, payload, qos, retain, properties);
    if (answer == MOSQ_ERR_SUCCESS)
        plugin::free_list(properties);
    return answer;
}

int mosquitto_kick_client_by_clientid(const char* client_id, bool with_will) {
    using target = plugin::kick_order::target;
    if (client_id == nullptr)
        return kick({target::everybody, {}, with_will});
    return kick({target::client_id, client_id, with_will});
}

int mosquitto_kick_client_by_username(const char* username, bool with_will) {
    using target = plugin::kick_order::target;
    if (username == nullptr)
        return kick({target::anonymous, {}, with_will});
    return kick({target::username, username, with_will});
}

void mosquitto_log_vprintf(int level, const char* format, va_list arguments) {
    auto* stage = dispatcher::current();
    if (stage == nullptr || format == nullptr)
        return;
    char line[plugin::log_line_bytes_max + 1];
    if (std::vsnprintf(line, sizeof line, format, arguments) >= 0)
        stage->log(level_of(level), line);
}

void mosquitto_log_printf(int level, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    mosquitto_log_vprintf(level, format, arguments);
    va_end(arguments);
}

} // extern "C"
