#include "mqtt/codec/properties.hpp"

#include "mqtt/types/ensure.hpp"

namespace mqtt {
namespace {

void read_value(reader& from, const property_row& row, property& into) {
    switch (row.type) {
    case wire_type::byte:
        into.number = from.byte();
        return;
    case wire_type::two_bytes:
        into.number = from.two_bytes();
        return;
    case wire_type::four_bytes:
        into.number = from.four_bytes();
        return;
    case wire_type::varint:
        into.number = from.varint();
        return;
    case wire_type::text:
        into.text = from.text();
        return;
    case wire_type::binary:
        into.text = from.binary();
        return;
    case wire_type::text_pair:
        into.text = from.text();
        into.value = from.text(); // [MQTT-1.5.7-1]
        return;
    }
}

bool is_number(wire_type type) {
    return type <= wire_type::varint;
}

// The list holds each property once, but User Properties, and Subscription Identifiers of a
// PUBLISH.
bool may_repeat(const property_row& row, packet_type where) {
    return row.repeatable && (row.id == property_id::user_property ||
                              where == packet_type::publish); // section 3.8.2.1.2
}

void read_property(reader& from, packet_type where, std::uint64_t& seen, properties& out) {
    const auto* row = find_property(from.varint());
    if (from.failed())
        return;
    if (row == nullptr || (row->packets & in(where)) == 0) // section 2.2.2.2
        return from.fail(reason::malformed_packet);
    const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(row->id);
    if ((seen & bit) != 0 && !may_repeat(*row, where))
        return from.fail(reason::protocol_error);
    seen |= bit;
    property read{row->id};
    read_value(from, *row, read);
    if (from.failed())
        return;
    if (is_number(row->type) && (read.number < row->minimum || read.number > row->maximum))
        return from.fail(reason::protocol_error);
    if (out.size() == properties_per_packet_max)
        return from.fail(reason::quota_exceeded);
    out.add(read);
}

} // namespace

void read_properties(reader& from, packet_type where, properties& out) {
    out.clear();
    const auto length = from.varint();
    if (length == 0)
        return;
    reader inside(from.bytes(length));
    if (from.failed())
        return;
    std::uint64_t seen = 0;
    while (!inside.at_end() && !inside.failed())
        read_property(inside, where, seen, out);
    if (inside.failed())
        from.fail(inside.reason());
}

void write_property(std::string& out, const property& row) {
    const auto* known = find_property(static_cast<std::uint32_t>(row.id));
    ensure(known != nullptr, "a property without a row in property_table");
    write_byte(out, static_cast<unsigned>(row.id));
    switch (known->type) {
    case wire_type::byte:
        return write_byte(out, row.number);
    case wire_type::two_bytes:
        return write_two_bytes(out, static_cast<std::uint16_t>(row.number));
    case wire_type::four_bytes:
        return write_four_bytes(out, row.number);
    case wire_type::varint:
        return write_varint(out, row.number);
    case wire_type::text:
    case wire_type::binary:
        return write_binary(out, row.text);
    case wire_type::text_pair:
        write_binary(out, row.text);
        return write_binary(out, row.value);
    }
}

void write_properties(std::string& out, const properties& rows) {
    if (rows.empty())
        return write_byte(out, 0); // [MQTT-2.2.2-1]
    std::string bytes;
    for (const auto& row : rows)
        write_property(bytes, row);
    write_varint(out, static_cast<std::uint32_t>(bytes.size()));
    out.append(bytes);
}

std::string forwarded_properties(const properties& rows) {
    std::string bytes;
    for (const auto& row : rows)
        if (is_forwarded(row.id))
            write_property(bytes, row);
    return bytes;
}

std::string forwarded_properties(const publish_properties& readable) {
    properties rows;
    if (readable.payload_is_utf8)
        rows.add(property_id::payload_format_indicator, *readable.payload_is_utf8 ? 1U : 0U);
    if (!readable.content_type.empty())
        rows.add(property_id::content_type, readable.content_type);
    if (!readable.response_topic.empty())
        rows.add(property_id::response_topic, readable.response_topic);
    if (!readable.correlation.empty())
        rows.add(property_id::correlation_data, readable.correlation);
    for (const auto& [name, value] : readable.user)
        rows.add({property_id::user_property, 0, name, value});
    return forwarded_properties(rows);
}

publish_properties readable_properties(std::string_view bytes) {
    publish_properties readable;
    std::string prefixed;
    write_varint(prefixed, static_cast<std::uint32_t>(bytes.size()));
    prefixed.append(bytes);
    reader from(prefixed);
    properties rows;
    read_properties(from, packet_type::publish, rows);
    for (const auto& row : rows) {
        if (row.id == property_id::payload_format_indicator)
            readable.payload_is_utf8 = row.number == 1;
        else if (row.id == property_id::content_type)
            readable.content_type = row.text;
        else if (row.id == property_id::response_topic)
            readable.response_topic = row.text;
        else if (row.id == property_id::correlation_data)
            readable.correlation = row.text;
        else if (row.id == property_id::user_property)
            readable.user.emplace_back(row.text, row.value);
    }
    return readable;
}

} // namespace mqtt
