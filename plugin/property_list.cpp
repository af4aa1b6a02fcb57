#include "plugin/property_list.hpp"

#include "mqtt/codec/properties.hpp"

#include <utility>

namespace plugin {

void append(property_list& list, mqtt5__property row) {
    auto* end = &list;
    while (*end != nullptr)
        end = &(*end)->next;
    row.next = nullptr;
    *end = new mqtt5__property(std::move(row));
}

void free_list(property_list list) {
    while (list != nullptr)
        delete std::exchange(list, list->next);
}

property_list list_of(std::string_view bytes) {
    std::string prefixed;
    mqtt::write_varint(prefixed, static_cast<std::uint32_t>(bytes.size()));
    prefixed.append(bytes);
    mqtt::reader from(prefixed);
    mqtt::properties rows;
    mqtt::read_properties(from, mqtt::packet_type::publish, rows);
    property_list list = nullptr;
    auto* end = &list;
    for (const auto& row : rows) {
        append(*end, {row.id, row.number, std::string(row.text), std::string(row.value)});
        end = &(*end)->next;
    }
    return list;
}

std::optional<std::string> forwarded_bytes(const mqtt5__property* list) {
    mqtt::properties rows;
    for (; list != nullptr; list = list->next) {
        if (rows.size() == mqtt::properties_per_packet_max)
            return std::nullopt;
        rows.add({list->id, list->number, list->text, list->value});
    }
    return mqtt::forwarded_properties(rows);
}

const mqtt5__property* find(const mqtt5__property* list, mqtt::property_id id) {
    while (list != nullptr && list->id != id)
        list = list->next;
    return list;
}

} // namespace plugin
