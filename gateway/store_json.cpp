#include "gateway/store_json.hpp"

#include "mqtt/codec/properties.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/json_text.hpp"
#include "rest/time_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace gateway {
namespace {

using mqtt::property_id;

// The rows point into `held`.
mqtt::properties read_wire(std::string_view wire, std::string& held) {
    if (wire.size() > mqtt::varint_max)
        throw unfit("its properties are too long");
    held.clear();
    mqtt::write_varint(held, static_cast<std::uint32_t>(wire.size()));
    held.append(wire);
    mqtt::reader from(held);
    mqtt::properties rows;
    mqtt::read_properties(from, mqtt::packet_type::publish, rows);
    if (from.failed())
        throw unfit("its properties are not well formed");
    for (const auto& row : rows)
        if (!mqtt::is_forwarded(row.id))
            throw unfit("it has a property that is not forwarded");
    return rows;
}

std::string property_text(const nlohmann::json& value) {
    if (!value.is_string() || !mqtt::is_utf8_string(value.get_ref<const std::string&>()) ||
        value.get_ref<const std::string&>().size() > UINT16_MAX)
        throw unfit("\"props\" must hold texts that MQTT can carry");
    return value.get<std::string>();
}

std::string decoded(const nlohmann::json& value, const char* name) {
    if (value.is_string())
        if (auto bytes = rest::base64_decode(value.get_ref<const std::string&>()))
            return std::move(*bytes);
    throw unfit(std::string("\"") + name + "\" must be base64");
}

void write_user_properties(std::string& out, const nlohmann::json& list) {
    if (!list.is_array())
        throw unfit("\"user\" must be a list of pairs");
    for (const auto& pair : list) {
        if (!pair.is_array() || pair.size() != 2)
            throw unfit("\"user\" must be a list of pairs");
        const auto name = property_text(pair[0]);
        const auto value = property_text(pair[1]);
        mqtt::write_property(out, {property_id::user_property, 0, name, value});
    }
}

bool two_digits(std::string_view text, std::size_t at, int least, int most, int& value) {
    const auto [end, failure] = std::from_chars(text.data() + at, text.data() + at + 2, value);
    return failure == std::errc() && end == text.data() + at + 2 && value >= least && value <= most;
}

} // namespace

void check_properties(std::string_view wire) {
    std::string held;
    read_wire(wire, held);
}

// --- writing ---

json_line::json_line(std::string_view kind) : out_("{\"kind\":\"") {
    out_.append(kind).append("\"");
}

void json_line::name(std::string_view name) {
    out_ += out_.back() == '{' ? "\"" : ",\"";
    out_.append(name).append("\":");
}

json_line& json_line::number(std::string_view name, std::int64_t value) {
    this->name(name);
    out_ += std::to_string(value);
    return *this;
}

json_line& json_line::flag(std::string_view name, bool value) {
    this->name(name);
    out_ += value ? "true" : "false";
    return *this;
}

json_line& json_line::text(std::string_view name, std::string_view value) {
    if (!mqtt::is_utf8(value))
        throw unfit("its " + std::string(name) + " is no UTF-8");
    this->name(name);
    rest::append_json_string(out_, value);
    return *this;
}

json_line& json_line::time(std::string_view name, std::int64_t milliseconds) {
    if (milliseconds < 0 || milliseconds > store_time_max)
        throw unfit("its " + std::string(name) + " is no time");
    this->name(name);
    out_ += '"';
    rest::append_rfc3339(out_, mqtt::wall_time(std::chrono::milliseconds(milliseconds)));
    out_ += '"';
    return *this;
}

json_line& json_line::time(std::string_view name, std::optional<std::int64_t> milliseconds) {
    return milliseconds ? time(name, *milliseconds) : *this;
}

json_line& json_line::bytes(std::string_view name, std::string_view value) {
    if (mqtt::is_utf8(value))
        return text(name, value);
    text(name, rest::base64(value));
    return text("enc", "base64");
}

json_line& json_line::properties(std::string_view wire) {
    std::string held;
    const auto rows = read_wire(wire, held);
    if (rows.empty())
        return *this;
    begin("props");
    if (const auto value = rows.number(property_id::payload_format_indicator))
        number("pfi", *value);
    if (const auto value = rows.text(property_id::content_type))
        text("content_type", *value);
    if (const auto value = rows.text(property_id::response_topic))
        text("response_topic", *value);
    if (const auto value = rows.text(property_id::correlation_data))
        text("correlation", rest::base64(*value));
    std::string user;
    for (const auto& row : rows) {
        if (row.id != property_id::user_property)
            continue;
        user += user.empty() ? "[[" : ",[";
        rest::append_json_string(user, row.text);
        user += ',';
        rest::append_json_string(user, row.value);
        user += ']';
    }
    if (!user.empty()) {
        name("user");
        out_ += user + "]";
    }
    return end();
}

json_line& json_line::numbers(std::string_view name, std::string_view four_bytes_each) {
    if (four_bytes_each.size() % 4 != 0)
        throw unfit("its " + std::string(name) + " are cut off");
    if (four_bytes_each.empty())
        return *this;
    this->name(name);
    for (std::size_t at = 0; at < four_bytes_each.size(); at += 4) {
        std::uint32_t value = 0;
        for (std::size_t byte = 4; byte > 0; --byte)
            value = value << 8 | static_cast<std::uint8_t>(four_bytes_each[at + byte - 1]);
        out_ += at == 0 ? '[' : ',';
        rest::append_number(out_, value);
    }
    out_ += ']';
    return *this;
}

json_line& json_line::begin(std::string_view name) {
    this->name(name);
    out_ += '{';
    return *this;
}

json_line& json_line::end() {
    out_ += '}';
    return *this;
}

std::string json_line::finish() {
    out_ += "}\n";
    return std::move(out_);
}

// --- reading ---

bool json_reader::has(const char* name) const {
    return object_.contains(name);
}

const nlohmann::json& json_reader::at(const char* name) const {
    const auto found = object_.find(name);
    if (found == object_.end())
        throw unfit(std::string("\"") + name + "\" is not there");
    return *found;
}

std::int64_t json_reader::number(const char* name, std::int64_t least, std::int64_t most) const {
    const auto& value = at(name);
    if (!value.is_number_integer() ||
        (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) ||
        value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
        throw unfit(std::string("\"") + name + "\" must be a number from " + std::to_string(least) +
                    " to " + std::to_string(most));
    return value.get<std::int64_t>();
}

bool json_reader::flag(const char* name) const {
    if (!has(name))
        return false;
    if (!at(name).is_boolean())
        throw unfit(std::string("\"") + name + "\" must be true or false");
    return at(name).get<bool>();
}

std::string json_reader::text(const char* name) const {
    if (!at(name).is_string())
        throw unfit(std::string("\"") + name + "\" must be a text");
    return at(name).get<std::string>();
}

std::string json_reader::text_or_empty(const char* name) const {
    return has(name) ? text(name) : std::string();
}

std::int64_t json_reader::time(const char* name) const {
    const auto value = parse_store_time(text(name));
    if (!value)
        throw unfit(std::string("\"") + name +
                    "\" must be a time such as 2026-11-22T15:30:45.123Z");
    return *value;
}

std::optional<std::int64_t> json_reader::time_if_any(const char* name) const {
    return has(name) ? std::optional(time(name)) : std::nullopt;
}

std::string json_reader::bytes(const char* name) const {
    if (!has("enc"))
        return text(name);
    if (text("enc") != "base64")
        throw unfit("\"enc\" can only be \"base64\"");
    return decoded(at(name), name);
}

std::string json_reader::properties() const {
    std::string wire;
    if (!has("props"))
        return wire;
    const json_reader from(inside("props"));
    constexpr std::array<std::string_view, 5> names{"pfi", "content_type", "response_topic",
                                                    "correlation", "user"};
    for (const auto& each : inside("props").items())
        if (std::find(names.begin(), names.end(), each.key()) == names.end())
            throw unfit("\"props\" has a member that is not known");
    // In this order whatever the line has, so that an export of an import is the same again.
    if (from.has("pfi"))
        mqtt::write_property(wire, {property_id::payload_format_indicator,
                                    static_cast<std::uint32_t>(from.number("pfi", 0, 1))});
    if (from.has("content_type"))
        mqtt::write_property(
            wire, {property_id::content_type, 0, property_text(from.at("content_type"))});
    if (from.has("response_topic"))
        mqtt::write_property(
            wire, {property_id::response_topic, 0, property_text(from.at("response_topic"))});
    if (from.has("correlation")) {
        const auto held = decoded(from.at("correlation"), "correlation");
        if (held.size() > UINT16_MAX)
            throw unfit("\"correlation\" is too long");
        mqtt::write_property(wire, {property_id::correlation_data, 0, held});
    }
    if (from.has("user"))
        write_user_properties(wire, from.at("user"));
    check_properties(wire);
    return wire;
}

std::string json_reader::numbers(const char* name) const {
    std::string out;
    if (!has(name))
        return out;
    if (!at(name).is_array())
        throw unfit(std::string("\"") + name + "\" must be a list of numbers");
    for (const auto& each : at(name)) {
        if (!each.is_number_unsigned() || each.get<std::uint64_t>() == 0 ||
            each.get<std::uint64_t>() > mqtt::varint_max)
            throw unfit(std::string("\"") + name + "\" must be a list of numbers from 1 to " +
                        std::to_string(mqtt::varint_max));
        const auto value = each.get<std::uint32_t>();
        for (unsigned shift = 0; shift < 32; shift += 8)
            out.push_back(static_cast<char>(value >> shift & 0xFF));
    }
    return out;
}

const nlohmann::json& json_reader::inside(const char* name) const {
    if (!at(name).is_object())
        throw unfit(std::string("\"") + name + "\" must be an object");
    return at(name);
}

std::optional<std::int64_t> parse_store_time(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";
    if (text.size() != shape.size())
        return std::nullopt;
    for (std::size_t at = 0; at < shape.size(); ++at) {
        const bool digit = text[at] >= '0' && text[at] <= '9';
        if (shape[at] == '0' ? !digit : text[at] != shape[at])
            return std::nullopt;
    }
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int thousandths = 0;
    std::from_chars(text.data(), text.data() + 4, year);
    std::from_chars(text.data() + 20, text.data() + 23, thousandths);
    if (year < 1970 || !two_digits(text, 5, 1, 12, month) || !two_digits(text, 8, 1, 31, day) ||
        !two_digits(text, 11, 0, 23, hour) || !two_digits(text, 14, 0, 59, minute) ||
        !two_digits(text, 17, 0, 59, second))
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok())
        return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const auto value =
        (((days * 24 + hour) * 60 + minute) * 60 + second) * std::int64_t{1000} + thousandths;
    return value <= store_time_max ? std::optional(value) : std::nullopt;
}

} // namespace gateway
