// The codec: every packet there and back, every property in every packet, every edge of the wire's
// types.
#include "mqtt/codec/packets.hpp"
#include "tests/support/catch2_any.hpp"

#include <string>

using namespace mqtt;

namespace {

std::string_view body_of(const std::string& bytes) {
    const auto seen = next_frame(bytes, varint_max);
    REQUIRE(seen.state == frame_state::complete);
    REQUIRE(seen.size == bytes.size());
    return seen.body;
}

property example_of(const property_row& row) {
    if (row.type == wire_type::text_pair)
        return {row.id, 0, "name", "value"};
    if (row.type == wire_type::text || row.type == wire_type::binary)
        return {row.id, 0, "text"};
    return {row.id, 1};
}

reason read_in(packet_type where, const std::string& bytes) {
    reader from(bytes);
    properties read;
    read_properties(from, where, read);
    return from.reason();
}

std::string encoded(const properties& rows) {
    std::string bytes;
    write_properties(bytes, rows);
    return bytes;
}

} // namespace

TEST_CASE("a variable byte integer reads back as it was written", "[codec][MQTT-1.5.5-1]") {
    for (const std::uint32_t edge : {0U, 1U, 128U, 16'384U, 2'097'152U, varint_max}) {
        for (const std::uint32_t value :
             {edge == 0 ? 0 : edge - 1, edge, edge == varint_max ? edge : edge + 1}) {
            std::string bytes;
            write_varint(bytes, value);
            CHECK(bytes.size() == varint_size(value));
            reader from(bytes);
            CHECK(from.varint() == value);
            CHECK_FALSE(from.failed());
            CHECK(from.at_end());
        }
    }
}

TEST_CASE("a variable byte integer in a longer form than needed, or of five bytes, is malformed",
          "[codec][MQTT-1.5.5-1]") {
    for (const auto& bytes :
         {std::string("\x80\x00", 2), std::string("\x80\x80\x80\x80\x01"), std::string("\xFF")}) {
        reader from(bytes);
        from.varint();
        CHECK(from.reason() == reason::malformed_packet);
    }
}

TEST_CASE("a fixed header with the wrong flags is refused for each packet type",
          "[codec][MQTT-2.1.3-1]") {
    for (const auto& row : packet_table)
        for (unsigned flags = 0; flags < 16; ++flags) {
            const std::string bytes{static_cast<char>(static_cast<unsigned>(row.type) << 4 | flags),
                                    '\0'};
            const auto seen = next_frame(bytes, varint_max);
            const bool right = row.flags == any_flags || row.flags == flags;
            INFO(row.name << " with flags " << flags);
            CHECK((seen.state == frame_state::refused) == !right);
        }
    CHECK(next_frame(std::string("\0\0", 2), varint_max).state == frame_state::refused);
}

TEST_CASE("a packet over the size limit is refused before any of it is kept", "[codec]") {
    std::string bytes;
    write_frame_header(bytes, packet_type::publish, 0, varint_max);
    const auto seen = next_frame(bytes, 1000);
    CHECK(seen.state == frame_state::refused);
    CHECK(seen.why == reason::packet_too_large);
    CHECK(next_frame(bytes, std::size_t{varint_max} + 5).state == frame_state::incomplete);
}

TEST_CASE("each property is read where the table allows it and refused elsewhere",
          "[codec][properties]") {
    for (const auto& row : property_table)
        for (unsigned type = 0; type < 16; ++type) {
            const auto where = static_cast<packet_type>(type);
            properties rows;
            rows.add(example_of(row));
            const bool allowed = (row.packets & in(where)) != 0;
            INFO(row.name << " in packet type " << type);
            CHECK(read_in(where, encoded(rows)) ==
                  (allowed ? reason::success : reason::malformed_packet));
        }
}

TEST_CASE("each property may stand twice only where the standard says so", "[codec][properties]") {
    for (const auto& row : property_table)
        for (unsigned type = 0; type < 16; ++type) {
            const auto where = static_cast<packet_type>(type);
            if ((row.packets & in(where)) == 0)
                continue;
            properties rows;
            rows.add(example_of(row));
            rows.add(example_of(row));
            const bool allowed =
                row.id == property_id::user_property ||
                (row.id == property_id::subscription_identifier && where == packet_type::publish);
            INFO(row.name << " in packet type " << type);
            CHECK(read_in(where, encoded(rows)) ==
                  (allowed ? reason::success : reason::protocol_error));
        }
}

TEST_CASE("each property is malformed when it is cut anywhere", "[codec][properties]") {
    for (const auto& row : property_table) {
        std::string whole;
        write_property(whole, example_of(row));
        auto where = packet_type::reserved;
        for (unsigned type = 0; type < 16; ++type)
            if ((row.packets & in(static_cast<packet_type>(type))) != 0)
                where = static_cast<packet_type>(type);
        for (std::size_t size = 1; size < whole.size(); ++size) {
            std::string bytes;
            write_varint(bytes, static_cast<std::uint32_t>(size));
            bytes += whole.substr(0, size);
            INFO(row.name << " cut to " << size);
            CHECK(read_in(where, bytes) == reason::malformed_packet);
        }
    }
}

TEST_CASE("a number outside of its property's range is a protocol error", "[codec][properties]") {
    for (const auto& row : property_table) {
        if (row.type > wire_type::varint || row.id == property_id::topic_alias)
            continue;
        auto where = packet_type::reserved;
        for (unsigned type = 0; type < 16; ++type)
            if ((row.packets & in(static_cast<packet_type>(type))) != 0)
                where = static_cast<packet_type>(type);
        INFO(row.name);
        properties low;
        low.add(row.id, 0U);
        CHECK(read_in(where, encoded(low)) ==
              (row.minimum > 0 ? reason::protocol_error : reason::success));
        if (row.type == wire_type::byte) {
            properties high;
            high.add(row.id, 2U);
            CHECK(read_in(where, encoded(high)) == reason::protocol_error);
        }
    }
}

TEST_CASE("an unknown property identifier is malformed", "[codec][properties]") {
    for (const unsigned id : {0x00U, 0x04U, 0x07U, 0x10U, 0x2BU, 0x7FU}) {
        const std::string bytes{2, static_cast<char>(id), 0};
        CHECK(read_in(packet_type::connect, bytes) == reason::malformed_packet);
    }
}

TEST_CASE("a property length beyond the packet is malformed", "[codec][properties][regression]") {
    CHECK(read_in(packet_type::connack, std::string(1, 100) + "\x21") == reason::malformed_packet);
}

TEST_CASE("CONNECT reads back as it was written in each version", "[codec]") {
    for (const auto level : {version::v3_1, version::v3_1_1, version::v5}) {
        mqtt::connect packet;
        packet.version = level;
        packet.clean_start = false;
        packet.keep_alive = 60;
        packet.client_id = "lamp";
        packet.username = "user";
        packet.password = std::string_view("\0pw", 3);
        packet.will.emplace();
        packet.will->topic = "lamp/gone";
        packet.will->payload = "yes";
        packet.will->qos = qos::at_least_once;
        packet.will->retain = true;
        if (level == version::v5) {
            packet.props.add(property_id::session_expiry_interval, 100U);
            packet.will->props.add(property_id::will_delay_interval, 5U);
        }
        std::string bytes;
        encode(bytes, packet);
        const auto read = decode_connect(body_of(bytes));
        REQUIRE(read.has_value());
        CHECK(read->version == level);
        CHECK_FALSE(read->clean_start);
        CHECK(read->keep_alive == 60);
        CHECK(read->client_id == "lamp");
        CHECK(read->username == "user");
        CHECK(read->password == std::string_view("\0pw", 3));
        REQUIRE(read->will);
        CHECK(read->will->topic == "lamp/gone");
        CHECK(read->will->qos == qos::at_least_once);
        CHECK(read->will->retain);
        CHECK(read->props == packet.props);
        CHECK(read->will->props == packet.will->props);
    }
}

TEST_CASE("CONNECT with flags that contradict each other is malformed",
          "[codec][MQTT-3.1.2-3][MQTT-3.1.2-11]") {
    mqtt::connect packet;
    packet.version = version::v3_1_1;
    packet.client_id = "x";
    std::string bytes;
    encode(bytes, packet);
    const std::size_t flags_at = 2 + 6 + 1;
    for (const unsigned flags : {0x03U, 0x08U, 0x20U, 0x1CU,
                                 0x42U}) { // reserved, will QoS, will retain, QoS 3, password alone
        auto changed = bytes;
        changed[flags_at] = static_cast<char>(flags);
        INFO("flags " << flags);
        const auto read = decode_connect(body_of(changed));
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error() == reason::malformed_packet);
    }
}

TEST_CASE("CONNECT of an unknown protocol or level is told apart from a malformed one",
          "[codec][MQTT-3.1.2-1]") {
    for (const auto& [name, level] :
         {std::pair{"MQTT", 3}, {"MQTT", 6}, {"MQIsdp", 4}, {"HTTP", 4}}) {
        std::string body;
        write_binary(body, name);
        write_byte(body, static_cast<unsigned>(level));
        body += std::string("\x02\0\0\0\0", 5);
        CHECK(decode_connect(body).error() == reason::unsupported_protocol_version);
    }
}

TEST_CASE("every cut of a CONNECT is refused, and never read beyond", "[codec]") {
    mqtt::connect packet;
    packet.client_id = "lamp";
    packet.username = "user";
    packet.password = "secret";
    packet.will.emplace();
    packet.will->topic = "t";
    packet.props.add(property_id::receive_maximum, 10U);
    std::string bytes;
    encode(bytes, packet);
    const std::string body(body_of(bytes));
    for (std::size_t size = 0; size < body.size(); ++size) {
        const std::string cut(
            body.substr(0, size)); // a buffer of its own, so that the sanitizer sees an overrun
        CHECK_FALSE(decode_connect(cut).has_value());
    }
    CHECK_FALSE(decode_connect(body + "x").has_value());
}

TEST_CASE("PUBLISH reads back as it was written", "[codec]") {
    for (const auto level : {version::v3_1_1, version::v5})
        for (unsigned number = 0; number < 3; ++number) {
            publish packet;
            packet.topic = "home/lamp";
            packet.payload = "on";
            packet.qos = static_cast<qos>(number);
            packet.packet_id = number == 0 ? 0 : 7;
            packet.retain = true;
            packet.dup = number != 0;
            const auto forwarded = forwarded_properties(
                publish_properties{true, "text/plain", "r/1", "c", {{"a", "1"}, {"a", "2"}}});
            if (level == version::v5) {
                packet.forwarded = forwarded;
                packet.expiry = 30;
                packet.topic_alias = 3;
            }
            std::string bytes;
            const auto id_at = encode(bytes, packet, level);
            CHECK(bytes.size() == encoded_size(packet, level));
            if (number != 0) {
                REQUIRE(id_at != 0);
                CHECK(bytes.substr(id_at, 2) == std::string("\0\7", 2));
            }
            decode_room room;
            const auto read = decode_publish(static_cast<unsigned char>(bytes[0]) & 15U,
                                             body_of(bytes), level, room);
            REQUIRE(read.has_value());
            CHECK(read->topic == packet.topic);
            CHECK(read->payload == packet.payload);
            CHECK(read->qos == packet.qos);
            CHECK(read->packet_id == packet.packet_id);
            CHECK(read->retain == packet.retain);
            CHECK(read->dup == packet.dup);
            CHECK(read->forwarded == packet.forwarded);
            CHECK(read->expiry == packet.expiry);
            CHECK(read->topic_alias == packet.topic_alias);
        }
}

TEST_CASE("readable properties survive the wire in their order", "[codec][properties]") {
    const publish_properties said{false,
                                  "application/json",
                                  "reply/7",
                                  std::string("\0\1", 2),
                                  {{"k", "v"}, {"", ""}, {"k", "w"}}};
    const auto read = readable_properties(forwarded_properties(said));
    CHECK(read.payload_is_utf8 == said.payload_is_utf8);
    CHECK(read.content_type == said.content_type);
    CHECK(read.response_topic == said.response_topic);
    CHECK(read.correlation == said.correlation);
    CHECK(read.user == said.user);
}

TEST_CASE("PUBLISH with QoS 3, with identifier 0, or marked as a repeat at QoS 0 is malformed",
          "[codec][MQTT-3.3.1-4][MQTT-3.3.1-2][MQTT-2.2.1-3]") {
    decode_room room;
    const std::string body("\0\1a\0\0", 5);
    CHECK(decode_publish(6, body, version::v3_1_1, room).error() == reason::malformed_packet);
    CHECK(decode_publish(8, body, version::v3_1_1, room).error() == reason::malformed_packet);
    CHECK(decode_publish(2, body, version::v3_1_1, room).error() == reason::malformed_packet);
}

TEST_CASE("topic alias 0 and a response topic with a wildcard are refused",
          "[codec][MQTT-3.3.2-8][MQTT-3.3.2-14]") {
    decode_room room;
    CHECK(decode_publish(0, std::string("\0\1a\3\x23\0\0", 7), version::v5, room).error() ==
          reason::topic_alias_invalid);
    CHECK(decode_publish(0, std::string("\0\1a\4\x08\0\1#", 8), version::v5, room).error() ==
          reason::protocol_error);
}

TEST_CASE("the acknowledgements have one shape in four packets", "[codec]") {
    using enum packet_type;
    for (const auto type : {puback, pubrec, pubrel, pubcomp})
        for (const auto level : {version::v3_1_1, version::v5})
            for (const auto code : {reason::success, reason::packet_identifier_not_found}) {
                acknowledgement packet{type, 65'535, code, {}};
                std::string bytes;
                encode(bytes, packet, level);
                const auto read = decode_acknowledgement(type, body_of(bytes), level);
                REQUIRE(read.has_value());
                CHECK(read->packet_id == 65'535);
                CHECK(read->reason == (level == version::v5 ? code : reason::success));
            }
    CHECK(decode_acknowledgement(puback, std::string("\0\1\x55", 3), version::v5).error() ==
          reason::malformed_packet);
    CHECK(decode_acknowledgement(puback, std::string("\0\0", 2), version::v5).error() ==
          reason::malformed_packet);
    CHECK(decode_acknowledgement(puback, std::string("\0\1\0", 3), version::v3_1_1).error() ==
          reason::malformed_packet);
}

TEST_CASE("SUBSCRIBE and UNSUBSCRIBE read back, and are refused when empty or with reserved bits",
          "[codec][MQTT-3.8.3-2][MQTT-3.8.3-5][MQTT-3.10.3-2]") {
    subscribe packet;
    packet.packet_id = 9;
    packet.requests.push_back({"a/+", qos::exactly_once, true, true, 2});
    packet.props.add(property_id::subscription_identifier, 5U);
    std::string bytes;
    encode(bytes, packet, version::v5);
    const auto read = decode_subscribe(body_of(bytes), version::v5);
    REQUIRE(read.has_value());
    REQUIRE(read->requests.size() == 1);
    CHECK(read->requests[0].filter == "a/+");
    CHECK(read->requests[0].qos == qos::exactly_once);
    CHECK(read->requests[0].no_local);
    CHECK(read->requests[0].retain_as_published);
    CHECK(read->requests[0].retain_handling == 2);
    CHECK(read->props == packet.props);

    CHECK(decode_subscribe(std::string("\0\1", 2), version::v3_1_1).error() ==
          reason::protocol_error);
    CHECK(decode_subscribe(std::string("\0\1\0\1a\3", 6), version::v3_1_1).error() ==
          reason::protocol_error);
    CHECK(decode_subscribe(std::string("\0\1\0\1a\4", 6), version::v3_1_1).error() ==
          reason::malformed_packet);
    CHECK(decode_subscribe(std::string("\0\1\0\0\1a\x40", 7), version::v5).error() ==
          reason::malformed_packet);
    CHECK(decode_subscribe(std::string("\0\1\0\0\1a\x30", 7), version::v5).error() ==
          reason::protocol_error);
    CHECK(decode_unsubscribe(std::string("\0\1", 2), version::v3_1_1).error() ==
          reason::protocol_error);

    unsubscribe leaving;
    leaving.packet_id = 3;
    leaving.filters = {"a", "b/#"};
    bytes.clear();
    encode(bytes, leaving, version::v5);
    CHECK(decode_unsubscribe(body_of(bytes), version::v5)->filters == leaving.filters);
}

TEST_CASE("CONNACK, SUBACK, DISCONNECT and AUTH read back as they were written", "[codec]") {
    std::string bytes;
    connack answer{true, reason::not_authorized, {}};
    answer.props.add(property_id::server_keep_alive, 10U);
    encode(bytes, answer, version::v5);
    CHECK(decode_connack(body_of(bytes), version::v5)->props == answer.props);
    bytes.clear();
    encode(bytes, answer, version::v3_1_1);
    CHECK(bytes == std::string("\x20\2\1\5", 4));

    bytes.clear();
    encode(bytes,
           suback{packet_type::suback, 4, {reason::success, reason::topic_filter_invalid}, {}},
           version::v3_1_1);
    CHECK(bytes == std::string("\x90\4\0\4\0\x80", 6)); // [MQTT3-3.9.3-2]
    bytes.clear();
    encode(bytes, suback{packet_type::unsuback, 4, {reason::success}, {}}, version::v3_1_1);
    CHECK(bytes == std::string("\xB0\2\0\4", 4));

    bytes.clear();
    encode(bytes, disconnect{{}, reason::server_shutting_down}, version::v5);
    CHECK(bytes == std::string("\xE0\1\x8B", 3));
    CHECK(decode_disconnect(body_of(bytes), version::v5)->reason == reason::server_shutting_down);
    CHECK(decode_disconnect("x", version::v3_1_1).error() == reason::malformed_packet);

    bytes.clear();
    auth step{{}, reason::continue_authentication};
    step.props.add(property_id::authentication_method, "SCRAM-SHA-256");
    encode(bytes, step);
    CHECK(decode_auth(body_of(bytes))->props == step.props);
}
