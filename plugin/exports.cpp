#include "plugin/exports.hpp"

#include "plugin/interface.hpp"

#include <openssl/crypto.h>

#include <array>
#include <cstdarg>
#include <dlfcn.h>

extern "C" void mosquitto_log_vprintf(int level, const char* format, va_list arguments);

namespace plugin {
namespace {

struct export_row {
    const char* name;
    void* address;
};

#define SLUICE_EXPORT(name)                                                                        \
    export_row {                                                                                   \
#name, reinterpret_cast < void*>(&::name)                                                  \
    }

// Every function that mosquitto's program offers to plugins.
const std::array export_table{
    SLUICE_EXPORT(mosquitto_broker_publish),
    SLUICE_EXPORT(mosquitto_broker_publish_copy),
    SLUICE_EXPORT(mosquitto_callback_register),
    SLUICE_EXPORT(mosquitto_callback_unregister),
    SLUICE_EXPORT(mosquitto_calloc),
    SLUICE_EXPORT(mosquitto_client_address),
    SLUICE_EXPORT(mosquitto_client_certificate),
    SLUICE_EXPORT(mosquitto_client_clean_session),
    SLUICE_EXPORT(mosquitto_client_id),
    SLUICE_EXPORT(mosquitto_client_keepalive),
    SLUICE_EXPORT(mosquitto_client_protocol),
    SLUICE_EXPORT(mosquitto_client_protocol_version),
    SLUICE_EXPORT(mosquitto_client_sub_count),
    SLUICE_EXPORT(mosquitto_client_username),
    SLUICE_EXPORT(mosquitto_connack_string),
    SLUICE_EXPORT(mosquitto_free),
    SLUICE_EXPORT(mosquitto_kick_client_by_clientid),
    SLUICE_EXPORT(mosquitto_kick_client_by_username),
    SLUICE_EXPORT(mosquitto_log_printf),
    SLUICE_EXPORT(mosquitto_log_vprintf),
    SLUICE_EXPORT(mosquitto_malloc),
    SLUICE_EXPORT(mosquitto_property_add_binary),
    SLUICE_EXPORT(mosquitto_property_add_byte),
    SLUICE_EXPORT(mosquitto_property_add_int16),
    SLUICE_EXPORT(mosquitto_property_add_int32),
    SLUICE_EXPORT(mosquitto_property_add_string),
    SLUICE_EXPORT(mosquitto_property_add_string_pair),
    SLUICE_EXPORT(mosquitto_property_add_varint),
    SLUICE_EXPORT(mosquitto_property_check_all),
    SLUICE_EXPORT(mosquitto_property_check_command),
    SLUICE_EXPORT(mosquitto_property_copy_all),
    SLUICE_EXPORT(mosquitto_property_free_all),
    SLUICE_EXPORT(mosquitto_property_identifier),
    SLUICE_EXPORT(mosquitto_property_identifier_to_string),
    SLUICE_EXPORT(mosquitto_property_next),
    SLUICE_EXPORT(mosquitto_property_read_binary),
    SLUICE_EXPORT(mosquitto_property_read_byte),
    SLUICE_EXPORT(mosquitto_property_read_int16),
    SLUICE_EXPORT(mosquitto_property_read_int32),
    SLUICE_EXPORT(mosquitto_property_read_string),
    SLUICE_EXPORT(mosquitto_property_read_string_pair),
    SLUICE_EXPORT(mosquitto_property_read_varint),
    SLUICE_EXPORT(mosquitto_pub_topic_check),
    SLUICE_EXPORT(mosquitto_pub_topic_check2),
    SLUICE_EXPORT(mosquitto_realloc),
    SLUICE_EXPORT(mosquitto_reason_string),
    SLUICE_EXPORT(mosquitto_set_username),
    SLUICE_EXPORT(mosquitto_strdup),
    SLUICE_EXPORT(mosquitto_strerror),
    SLUICE_EXPORT(mosquitto_string_to_command),
    SLUICE_EXPORT(mosquitto_string_to_property_info),
    SLUICE_EXPORT(mosquitto_sub_topic_check),
    SLUICE_EXPORT(mosquitto_sub_topic_check2),
    SLUICE_EXPORT(mosquitto_topic_matches_sub),
    SLUICE_EXPORT(mosquitto_topic_matches_sub2),
    SLUICE_EXPORT(mosquitto_validate_utf8),
};

#undef SLUICE_EXPORT

} // namespace

std::string missing_export() {
    for (const auto& row : export_table)
        if (::dlsym(RTLD_DEFAULT, row.name) != row.address)
            return row.name;
    return {};
}

void wipe(char* bytes, std::size_t count) {
    ::OPENSSL_cleanse(bytes, count);
}

} // namespace plugin
