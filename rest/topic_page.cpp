#include "rest/topic_page.hpp"

#include "mqtt/broker/local_client.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/accept.hpp"
#include "rest/html_text.hpp"
#include "rest/http_connection.hpp"
#include "rest/percent.hpp"
#include "rest/request.hpp"
#include "rest/service_context.hpp"
#include "rest/static_files.hpp"
#include "rest/time_text.hpp"
#include "rest/topic_address.hpp"

#include <array>
#include <span>
#include <string>

namespace rest {
namespace {

constexpr std::size_t shown_bytes_max = 65'536; // of a payload; all of it is behind a link

struct filling {
    std::string_view mark;
    std::string text; // HTML
};

// The template with its marks replaced, in one pass: what is filled in is not looked at again.
std::string filled(std::string_view page, std::span<const filling> fillings) {
    std::string out;
    std::size_t at = 0;
    while (at < page.size()) {
        const auto open = page.find("{{", at);
        const auto close = page.find("}}", open);
        if (close == std::string_view::npos)
            break;
        out += page.substr(at, open - at);
        const auto mark = page.substr(open + 2, close - open - 2);
        for (const auto& each : fillings)
            if (each.mark == mark)
                out += each.text;
        at = close + 2;
    }
    return out.append(page.substr(at));
}

std::string html(std::string_view text) {
    std::string out;
    append_html(out, text);
    return out;
}

std::string shown(const mqtt::message* value) {
    if (value == nullptr)
        return "(nothing is kept here)";
    const auto payload = value->payload();
    if (!mqtt::is_utf8(payload))
        return "(" + std::to_string(payload.size()) + " bytes that are no text)";
    if (payload.size() <= shown_bytes_max)
        return html(payload);
    auto end = shown_bytes_max;
    while ((static_cast<unsigned char>(payload[end]) & 0xC0U) == 0x80U)
        --end; // not within a character
    return html(payload.substr(0, end)) + "…";
}

std::string facts(const mqtt::message* value) {
    if (value == nullptr)
        return "";
    return "QoS " + std::to_string(mqtt::to_number(value->qos())) + ", " +
           std::to_string(value->payload().size()) + " bytes, " + http_date(value->arrived());
}

} // namespace

bool wants_page(const exchange& each) {
    if (each.options.find("as") != nullptr || each.options.find("parse") != nullptr)
        return false;
    constexpr std::array<std::string_view, 4> served{"text/html", "application/json", "text/plain",
                                                     "application/octet-stream"};
    const auto choice = preferred(each.asked.list(http_field::accept), served);
    return choice && *choice == 0 && find_asset(topic_template) != nullptr;
}

void show_topic_page(exchange& each, std::string_view topic, const mqtt::message* value) {
    const auto link = [topic](std::string_view option) {
        return html(topic_option_uri(topic, option));
    };
    std::string history = "/api/v1/history?order=desc&topic=";
    append_uri_text(history, topic);
    const auto* past = each.connection.context().past;
    const bool kept = past != nullptr && mqtt::rule_for(past->rules(), topic) != nullptr;
    const std::array fillings{
        filling{"topic", html(topic)},    filling{"history_kept", kept ? "yes" : "no"},
        filling{"value", shown(value)},   filling{"facts", facts(value)},
        filling{"raw", link("as=raw")},   filling{"json", link("as=json")},
        filling{"wait", link("wait=30")}, filling{"stream", link("stream")},
        filling{"history", html(history)}};
    auto& answer = each.answer;
    answer.add("Vary", "Accept");
    answer.add("Cache-Control", "no-store");
    add_page_policy(answer);
    answer.set_body("text/html; charset=utf-8",
                    filled(find_asset(topic_template)->bytes, fillings));
}

} // namespace rest
