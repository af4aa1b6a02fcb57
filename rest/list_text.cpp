#include "rest/list_text.hpp"

#include "mqtt/broker/local_client.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/json_text.hpp"
#include "rest/time_text.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace rest {
namespace {

using json = nlohmann::json;

constexpr std::string_view bytes_mark = "base64:";

void append_line_text(std::string& out, std::string_view text) {
    if (!mqtt::is_utf8(text)) {
        out += bytes_mark;
        append_base64(out, text);
        return;
    }
    for (const char c : text) {
        if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else
            out += c;
    }
}

json leaf_of(std::string_view payload, bool parse) {
    if (!mqtt::is_utf8(payload))
        return std::string(bytes_mark) + base64(payload);
    if (parse && is_json(payload))
        return json::parse(payload, nullptr, false);
    return std::string(payload);
}

// Where the value of a topic belongs; branches that are missing grow.
json& place_of(json& root, std::string_view topic) {
    auto* node = &root;
    std::optional<std::string_view> rest = topic;
    while (rest) {
        auto& child = (*node)[std::string(mqtt::next_level(rest))];
        if (!child.is_object())
            child = json::object();
        node = &child;
    }
    return *node;
}

// {"/":value} alone becomes the value: only topics with others below them need the extra level.
void fold(json& node) {
    for (auto& [name, child] : node.items()) {
        if (name == "/" || !child.is_object()) // a value of its own is left as it is
            continue;
        if (child.size() == 1 && child.contains("/")) {
            json value = std::move(child["/"]);
            child = std::move(value);
        } else {
            fold(child);
        }
    }
}

} // namespace

std::string list_as_text(std::span<const mqtt::message_ptr> values) {
    std::string out;
    for (const auto& value : values) {
        append_line_text(out, value->topic());
        out += ' ';
        append_line_text(out, value->payload());
        out += '\n';
    }
    return out;
}

void append_csv_cell(std::string& out, std::string_view text) {
    if (text.find_first_of("\",\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"')
            out += '"';
        out += c;
    }
    out += '"';
}

std::string list_as_csv(std::span<const mqtt::message_ptr> values) {
    std::string out = "topic,payload,enc,qos,id,ts\r\n";
    for (const auto& value : values) {
        const bool text = mqtt::is_utf8(value->payload());
        append_csv_cell(out, value->topic());
        out += ',';
        append_csv_cell(out, text ? std::string(value->payload()) : base64(value->payload()));
        out += text ? ",," : ",base64,";
        append_number(out, mqtt::to_number(value->qos()));
        out += ',';
        append_csv_cell(out, mqtt::public_id(value->id()));
        out += ',';
        append_rfc3339(out, value->arrived());
        out += "\r\n";
    }
    return out;
}

std::string list_as_tree(std::span<const mqtt::message_ptr> values, bool parse) {
    json root = json::object();
    for (const auto& value : values)
        place_of(root, value->topic())["/"] = leaf_of(value->payload(), parse);
    fold(root);
    return root.dump(1, ' ', false, json::error_handler_t::replace) + '\n';
}

} // namespace rest
