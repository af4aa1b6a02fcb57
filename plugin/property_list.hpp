// What mosquitto's headers call struct mqtt5__property: a list of properties that a plugin reads
// and makes. Of this room only.
#pragma once

#include "mqtt/codec/property_table.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// The name is mosquitto's, and so is its place.
struct mqtt5__property {
    mqtt::property_id id;
    std::uint32_t number = 0; // of a numeric property
    std::string text{};       // of a text or binary one; the name of a pair
    std::string value{};      // the value of a pair
    mqtt5__property* next = nullptr;
};

namespace plugin {

using property_list = mqtt5__property*;

void append(property_list& list, mqtt5__property row);
void free_list(property_list list);

// Frees what it has in the end, whatever a plugin has made of it.
struct owned_list {
    property_list first = nullptr;

    owned_list() = default;
    explicit owned_list(property_list taken) : first(taken) {}
    owned_list(const owned_list&) = delete;
    owned_list& operator=(const owned_list&) = delete;
    ~owned_list() { free_list(first); }
};

// requires: the bytes of forwarded properties, as forwarded_properties makes them
property_list list_of(std::string_view bytes);
// The bytes of those that go on to receivers; nothing: there are more than a packet may have.
std::optional<std::string> forwarded_bytes(const mqtt5__property* list);
const mqtt5__property* find(const mqtt5__property* list, mqtt::property_id id);

} // namespace plugin
