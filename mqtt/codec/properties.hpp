// A packet's properties as a list of views, and the two generic walks over them that property_table
// drives.
#pragma once

#include "mqtt/codec/property_table.hpp"
#include "mqtt/codec/wire.hpp"
#include "mqtt/types/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

// Properties of one packet. Protects from packets that are nothing but User Properties.
inline constexpr std::size_t properties_per_packet_max = 1000;

struct property {
    property_id id;
    std::uint32_t number = 0; // of a numeric property
    std::string_view text{};  // of a text or binary one; the name of a pair
    std::string_view value{}; // the value of a pair

    friend bool operator==(const property&, const property&) = default;
};

class properties {
public:
    void clear() { rows_.clear(); }
    bool empty() const { return rows_.empty(); }
    std::size_t size() const { return rows_.size(); }
    void add(property row) { rows_.push_back(row); }
    void add(property_id id, std::uint32_t number) { rows_.push_back({id, number}); }
    void add(property_id id, std::string_view text) { rows_.push_back({id, 0, text}); }
    void remove_last() { rows_.pop_back(); } // requires: !empty()

    const property* find(property_id id) const {
        for (const auto& row : rows_)
            if (row.id == id)
                return &row;
        return nullptr;
    }
    std::optional<std::uint32_t> number(property_id id) const {
        const auto* row = find(id);
        return row ? std::optional(row->number) : std::nullopt;
    }
    std::optional<std::string_view> text(property_id id) const {
        const auto* row = find(id);
        return row ? std::optional(row->text) : std::nullopt;
    }

    auto begin() const { return rows_.begin(); }
    auto end() const { return rows_.end(); }

    friend bool operator==(const properties&, const properties&) = default;

private:
    std::vector<property> rows_; // bound: properties_per_packet_max
};

// Reads a property length and that many bytes of properties as they may stand in a packet of this
// type (reserved: the will). A failure sticks in the reader: malformed_packet for an unknown or
// truncated one or one in the wrong place, protocol_error for a second one or a number out of
// range, topic_alias_invalid for alias 0, quota_exceeded for too many.
void read_properties(reader& from, packet_type where, properties& out);

void write_property(std::string& out, const property& row);
// Writes the length and the properties.
void write_properties(std::string& out, const properties& rows);

// The forwarded properties of a PUBLISH or a will, as wire bytes without their length.
std::string forwarded_properties(const properties& rows);
std::string forwarded_properties(const publish_properties& readable);
// requires: bytes were made by forwarded_properties or taken from a PUBLISH that was read without
// failure
publish_properties readable_properties(std::string_view bytes);

} // namespace mqtt
