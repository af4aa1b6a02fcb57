#include "rest/inferred_schema.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/json_text.hpp"

#include <nlohmann/json.hpp>

namespace rest {
namespace {

using nlohmann::ordered_json;

ordered_json schema_of(const ordered_json& value, std::size_t depth);

ordered_json object_schema(const ordered_json& value, std::size_t depth) {
    ordered_json made{{"type", "object"}};
    auto& members = made["properties"] = ordered_json::object();
    for (const auto& [name, member] : value.items()) {
        if (members.size() == inferred_members_max)
            break;
        members[name] = schema_of(member, depth + 1); // bound: inferred_members_max
    }
    return made;
}

// The first element speaks for all: lists of devices are of one kind.
ordered_json array_schema(const ordered_json& value, std::size_t depth) {
    ordered_json made{{"type", "array"}};
    if (!value.empty())
        made["items"] = schema_of(value.front(), depth + 1);
    return made;
}

ordered_json schema_of(const ordered_json& value, std::size_t depth) {
    if (depth > inferred_depth_max)
        return ordered_json::object();
    switch (value.type()) {
    case ordered_json::value_t::object:
        return object_schema(value, depth);
    case ordered_json::value_t::array:
        return array_schema(value, depth);
    case ordered_json::value_t::string:
        return {{"type", "string"}};
    case ordered_json::value_t::boolean:
        return {{"type", "boolean"}};
    case ordered_json::value_t::null:
        return {{"type", "null"}};
    default:
        return {{"type", "number"}}; // 21 today may be 21.5 tomorrow
    }
}

} // namespace

ordered_json inferred_schema(std::string_view payload) {
    if (!mqtt::is_utf8(payload))
        return {{"type", "string"}, {"contentEncoding", "base64"}};
    if (payload.size() > inferred_payload_bytes_max || !is_json(payload))
        return {{"type", "string"}};
    const auto value = ordered_json::parse(payload, nullptr, false);
    return value.is_discarded() ? ordered_json{{"type", "string"}} : schema_of(value, 0);
}

} // namespace rest
