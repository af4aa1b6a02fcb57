// Lists of properties for plugins. Names, arguments and answers are mosquitto's: mosquitto.h.
#include "mqtt/codec/properties.hpp"
#include "mqtt/types/utf8.hpp"
#include "plugin/interface.hpp"
#include "plugin/property_list.hpp"

#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace {

using mqtt::property_row;
using mqtt::wire_type;

constexpr std::size_t text_bytes_max = 65'535;

const property_row* row_of(int identifier) {
    return identifier < 0 ? nullptr : mqtt::find_property(static_cast<std::uint32_t>(identifier));
}

bool is_of_type(int identifier, wire_type type) {
    const auto* row = row_of(identifier);
    return row != nullptr && row->type == type;
}

int add_number(mosquitto_property** list, int identifier, wire_type type, std::uint32_t number) {
    if (list == nullptr || !is_of_type(identifier, type))
        return MOSQ_ERR_INVAL;
    if (type == wire_type::varint && number > mqtt::varint_max)
        return MOSQ_ERR_INVAL;
    plugin::append(*list, {row_of(identifier)->id, number});
    return MOSQ_ERR_SUCCESS;
}

// MOSQ_ERR_SUCCESS, or why the text can't stand in a property.
int text_answer(std::string_view text) {
    if (text.size() > text_bytes_max)
        return MOSQ_ERR_INVAL;
    return mqtt::is_utf8_string(text) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_MALFORMED_UTF8;
}

const mosquitto_property* next_of(const mosquitto_property* list, int identifier, wire_type type,
                                  bool skip_first) {
    if (list == nullptr || !is_of_type(identifier, type))
        return nullptr;
    return plugin::find(skip_first ? list->next : list, row_of(identifier)->id);
}

template <class Number>
const mosquitto_property* read_number(const mosquitto_property* list, int identifier,
                                      wire_type type, Number* value, bool skip_first) {
    const auto* row = next_of(list, identifier, type, skip_first);
    if (row != nullptr && value != nullptr)
        *value = static_cast<Number>(row->number);
    return row;
}

// A copy that the plugin frees; false: there is no memory.
template <class Byte>
bool copy(const std::string& text, Byte** into) {
    if (into == nullptr)
        return true;
    void* bytes = std::malloc(text.size() + 1);
    if (bytes == nullptr)
        return false;
    std::memcpy(bytes, text.c_str(), text.size() + 1);
    *into = static_cast<Byte*>(bytes);
    return true;
}

// "Payload Format Indicator" as mosquitto writes it: payload-format-indicator.
std::string hyphened(std::string_view name) {
    std::string text(name);
    for (auto& each : text)
        each =
            each == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    return text;
}

using names = std::array<std::string, mqtt::property_table.size()>;

const names& hyphened_names() {
    static const names made = [] {
        names texts;
        for (std::size_t at = 0; at < texts.size(); ++at)
            texts[at] = hyphened(mqtt::property_table[at].name);
        return texts;
    }();
    return made;
}

int type_number(wire_type type) {
    switch (type) {
    case wire_type::byte:
        return MQTT_PROP_TYPE_BYTE;
    case wire_type::two_bytes:
        return MQTT_PROP_TYPE_INT16;
    case wire_type::four_bytes:
        return MQTT_PROP_TYPE_INT32;
    case wire_type::varint:
        return MQTT_PROP_TYPE_VARINT;
    case wire_type::binary:
        return MQTT_PROP_TYPE_BINARY;
    case wire_type::text:
        return MQTT_PROP_TYPE_STRING;
    case wire_type::text_pair:
        return MQTT_PROP_TYPE_STRING_PAIR;
    }
    return 0;
}

// mosquitto's number of a command is the first byte of its packet; the will has one of its own.
bool may_stand_in(int command, const property_row& row) {
    const int type = command == CMD_WILL ? 0 : command >> 4;
    return type >= 0 && type <= 15 && (row.packets & (1U << type)) != 0;
}

} // namespace

extern "C" {

int mosquitto_property_add_byte(mosquitto_property** list, int identifier, uint8_t value) {
    return add_number(list, identifier, wire_type::byte, value);
}

int mosquitto_property_add_int16(mosquitto_property** list, int identifier, uint16_t value) {
    return add_number(list, identifier, wire_type::two_bytes, value);
}

int mosquitto_property_add_int32(mosquitto_property** list, int identifier, uint32_t value) {
    return add_number(list, identifier, wire_type::four_bytes, value);
}

int mosquitto_property_add_varint(mosquitto_property** list, int identifier, uint32_t value) {
    return add_number(list, identifier, wire_type::varint, value);
}

int mosquitto_property_add_binary(mosquitto_property** list, int identifier, const void* value,
                                  uint16_t bytes) {
    if (list == nullptr || !is_of_type(identifier, wire_type::binary) ||
        (value == nullptr && bytes > 0))
        return MOSQ_ERR_INVAL;
    std::string text;
    if (bytes > 0)
        text.assign(static_cast<const char*>(value), bytes);
    plugin::append(*list, {row_of(identifier)->id, 0, std::move(text)});
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_property_add_string(mosquitto_property** list, int identifier, const char* value) {
    if (list == nullptr || !is_of_type(identifier, wire_type::text))
        return MOSQ_ERR_INVAL;
    const std::string_view text(value == nullptr ? "" : value);
    const int answer = text_answer(text);
    if (answer == MOSQ_ERR_SUCCESS)
        plugin::append(*list, {row_of(identifier)->id, 0, std::string(text)});
    return answer;
}

int mosquitto_property_add_string_pair(mosquitto_property** list, int identifier, const char* name,
                                       const char* value) {
    if (list == nullptr || name == nullptr || value == nullptr ||
        !is_of_type(identifier, wire_type::text_pair))
        return MOSQ_ERR_INVAL;
    int answer = text_answer(name);
    if (answer == MOSQ_ERR_SUCCESS)
        answer = text_answer(value);
    if (answer == MOSQ_ERR_SUCCESS)
        plugin::append(*list, {row_of(identifier)->id, 0, name, value});
    return answer;
}

int mosquitto_property_identifier(const mosquitto_property* property) {
    return property == nullptr ? 0 : static_cast<int>(property->id);
}

const mosquitto_property* mosquitto_property_next(const mosquitto_property* list) {
    return list == nullptr ? nullptr : list->next;
}

const mosquitto_property* mosquitto_property_read_byte(const mosquitto_property* list,
                                                       int identifier, uint8_t* value,
                                                       bool skip_first) {
    return read_number(list, identifier, wire_type::byte, value, skip_first);
}

const mosquitto_property* mosquitto_property_read_int16(const mosquitto_property* list,
                                                        int identifier, uint16_t* value,
                                                        bool skip_first) {
    return read_number(list, identifier, wire_type::two_bytes, value, skip_first);
}

const mosquitto_property* mosquitto_property_read_int32(const mosquitto_property* list,
                                                        int identifier, uint32_t* value,
                                                        bool skip_first) {
    return read_number(list, identifier, wire_type::four_bytes, value, skip_first);
}

const mosquitto_property* mosquitto_property_read_varint(const mosquitto_property* list,
                                                         int identifier, uint32_t* value,
                                                         bool skip_first) {
    return read_number(list, identifier, wire_type::varint, value, skip_first);
}

const mosquitto_property* mosquitto_property_read_binary(const mosquitto_property* list,
                                                         int identifier, void** value,
                                                         uint16_t* bytes, bool skip_first) {
    const auto* row = next_of(list, identifier, wire_type::binary, skip_first);
    if (row == nullptr || !copy(row->text, value))
        return nullptr;
    if (bytes != nullptr)
        *bytes = static_cast<uint16_t>(row->text.size());
    return row;
}

const mosquitto_property* mosquitto_property_read_string(const mosquitto_property* list,
                                                         int identifier, char** value,
                                                         bool skip_first) {
    const auto* row = next_of(list, identifier, wire_type::text, skip_first);
    return row != nullptr && copy(row->text, value) ? row : nullptr;
}

const mosquitto_property* mosquitto_property_read_string_pair(const mosquitto_property* list,
                                                              int identifier, char** name,
                                                              char** value, bool skip_first) {
    const auto* row = next_of(list, identifier, wire_type::text_pair, skip_first);
    if (row == nullptr || !copy(row->text, name))
        return nullptr;
    if (copy(row->value, value))
        return row;
    if (name != nullptr)
        std::free(std::exchange(*name, nullptr));
    return nullptr;
}

void mosquitto_property_free_all(mosquitto_property** list) {
    if (list != nullptr)
        plugin::free_list(std::exchange(*list, nullptr));
}

int mosquitto_property_copy_all(mosquitto_property** copies, const mosquitto_property* list) {
    if (copies == nullptr)
        return MOSQ_ERR_INVAL;
    *copies = nullptr;
    for (auto* end = copies; list != nullptr; list = list->next, end = &(*end)->next)
        plugin::append(*end, *list);
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_property_check_command(int command, int identifier) {
    const auto* row = row_of(identifier);
    return row != nullptr && may_stand_in(command, *row) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_PROTOCOL;
}

int mosquitto_property_check_all(int command, const mosquitto_property* list) {
    for (; list != nullptr; list = list->next) {
        const auto* row = row_of(static_cast<int>(list->id));
        if (row == nullptr || !may_stand_in(command, *row))
            return MOSQ_ERR_PROTOCOL;
        const bool number = row->type <= wire_type::varint;
        if (number && (list->number < row->minimum || list->number > row->maximum))
            return MOSQ_ERR_PROTOCOL;
        if (row->id != mqtt::property_id::user_property &&
            plugin::find(list->next, row->id) != nullptr)
            return MOSQ_ERR_DUPLICATE_PROPERTY;
    }
    return MOSQ_ERR_SUCCESS;
}

const char* mosquitto_property_identifier_to_string(int identifier) {
    const auto* row = row_of(identifier);
    if (row == nullptr)
        return nullptr;
    return hyphened_names()[static_cast<std::size_t>(row - mqtt::property_table.data())].c_str();
}

int mosquitto_string_to_property_info(const char* name, int* identifier, int* type) {
    if (name == nullptr || identifier == nullptr || type == nullptr)
        return MOSQ_ERR_INVAL;
    for (std::size_t at = 0; at < mqtt::property_table.size(); ++at) {
        if (hyphened_names()[at] != name)
            continue;
        *identifier = static_cast<int>(mqtt::property_table[at].id);
        *type = type_number(mqtt::property_table[at].type);
        return MOSQ_ERR_SUCCESS;
    }
    return MOSQ_ERR_INVAL;
}

} // extern "C"
