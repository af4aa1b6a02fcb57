#include "gateway/store_import.hpp"

#include "gateway/quoted.hpp"
#include "gateway/store_export.hpp"
#include "gateway/store_json.hpp"
#include "mqtt/auth/strict_json.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <stdexcept>

namespace gateway {
namespace {

constexpr std::int64_t any_number = INT64_MAX;
constexpr std::int64_t identifier_max = 268'435'455; // Variable Byte Integer

void take_session(const json_reader& line, store_filler& into) {
    session_row row;
    row.client_id = line.text("client_id");
    row.username = line.text("username");
    row.realm = line.number("realm", 0, UINT16_MAX);
    row.by_token = line.flag("by_token");
    row.expiry = line.number("expiry", 0, UINT32_MAX);
    row.ends_at = line.time_if_any("ends_at");
    if (line.has("will")) {
        const json_reader will(line.inside("will"));
        auto& made = row.will.emplace();
        made.topic = will.text("topic");
        made.payload = will.bytes("payload");
        made.properties = will.properties();
        made.qos = will.number("qos", 0, 2);
        made.retain = will.flag("retain");
        made.delay = will.number("delay", 0, UINT32_MAX);
        if (will.has("expiry"))
            made.expiry = will.number("expiry", 0, UINT32_MAX);
        made.at = will.time_if_any("at");
    }
    into.session(row);
}

void take_subscription(const json_reader& line, store_filler& into) {
    subscription_row row;
    row.client_id = line.text("client_id");
    row.filter = line.text("filter");
    row.qos = line.number("qos", 0, 2);
    row.no_local = line.flag("no_local");
    row.retain_as_published = line.flag("retain_as_published");
    if (line.has("identifier"))
        row.identifier = line.number("identifier", 0, identifier_max);
    into.subscription(row);
}

void take_incoming(const json_reader& line, store_filler& into) {
    into.incoming(line.text("client_id"), line.number("packet_id", 1, UINT16_MAX));
}

message_row message_of(const json_reader& line) {
    message_row row;
    row.id = line.number("id", 0, imported_id_max);
    row.topic = line.text("topic");
    row.payload = line.bytes("payload");
    row.properties = line.properties();
    row.qos = line.number("qos", 0, 2);
    row.retain = line.flag("retain");
    row.arrived = line.time("ts");
    row.expires_at = line.time_if_any("expires_at");
    return row;
}

void take_message(const json_reader& line, store_filler& into) {
    into.message(message_of(line));
}

void take_retained(const json_reader& line, store_filler& into) {
    into.retained(message_of(line));
}

void take_outgoing(const json_reader& line, store_filler& into) {
    outgoing_row row;
    row.client_id = line.text("client_id");
    row.message = line.number("message", 0, imported_id_max);
    row.qos = line.number("qos", 1, 2);
    row.retain = line.flag("retain");
    row.packet_id = line.number("packet_id", 0, UINT16_MAX);
    row.released = line.flag("released");
    row.snapshot = line.flag("snapshot");
    row.identifiers = line.numbers("identifiers");
    row.shared = line.text_or_empty("shared");
    into.outgoing(row, line.number("id", 0, imported_id_max));
}

void take_document(const json_reader& line, store_filler& into) {
    into.document(
        {line.text("of"), line.text("name"), line.bytes("value"), line.time_if_any("expires_at")});
}

struct kind_row {
    std::string_view name;
    void (*take)(const json_reader&, store_filler&);
};

constexpr std::array kinds{
    kind_row{"session", take_session},   kind_row{"subscription", take_subscription},
    kind_row{"incoming", take_incoming}, kind_row{"message", take_message},
    kind_row{"outgoing", take_outgoing}, kind_row{"retained", take_retained},
    kind_row{"document", take_document},
};

void take_head(const std::string& line, store_filler& into) {
    const auto object = mqtt::read_strict_object(line);
    const auto kind = object ? object->find("kind") : nlohmann::json::const_iterator();
    if (!object || kind == object->end() || *kind != "store")
        throw std::runtime_error("this is neither an export of `sluice store export` nor a "
                                 "database of mosquitto");
    const json_reader head(*object);
    try {
        const auto format = head.number("format", 1, any_number);
        if (format > store_export_format)
            throw std::runtime_error("this export was written by a newer version of sluice");
        into.identity(head.has("epoch") ? std::optional(head.text("epoch")) : std::nullopt,
                      head.has("next_id") ? head.number("next_id", 0, imported_id_max) : 0);
    } catch (const unfit& why) {
        throw std::runtime_error(std::string("the first line of this export: ") + why.what());
    }
}

void take_line(const std::string& line, store_filler& into) {
    const auto object = mqtt::read_strict_object(line);
    if (!object)
        throw unfit("it is no JSON object");
    const json_reader reader(*object);
    const auto kind = reader.text("kind");
    for (const auto& each : kinds)
        if (each.name == kind)
            return each.take(reader, into);
    throw unfit("its kind " + gateway::quoted(kind) + " is not known");
}

} // namespace

bool read_import_line(std::istream& from, std::string& line) {
    line.clear();
    auto* bytes = from.rdbuf();
    constexpr auto none = std::istream::traits_type::eof();
    auto each = bytes->sbumpc();
    if (each == none)
        return false;
    for (; each != none && each != '\n'; each = bytes->sbumpc()) {
        if (line.size() == import_line_bytes_max)
            throw std::runtime_error("a line is too long");
        line.push_back(static_cast<char>(each));
    }
    return true;
}

void import_lines(std::istream& from, store_filler& into, store_findings& findings) {
    std::string line;
    if (!read_import_line(from, line))
        throw std::runtime_error("there is nothing to import");
    take_head(line, into);
    for (std::size_t number = 2; read_import_line(from, line); ++number) {
        if (line.find_first_not_of(" \t\r") == line.npos)
            continue;
        try {
            take_line(line, into);
        } catch (const unfit& why) {
            findings.add(fmt::format("line {} is left out: {}", number, why.what()));
        } catch (const mqtt::database_error& failure) {
            if (!failure.is_conflict())
                throw;
            findings.add(fmt::format("line {} is left out: its id was there before", number));
        }
    }
}

} // namespace gateway
