#include "rest/receipt.hpp"

#include "rest/http_connection.hpp"
#include "rest/json_text.hpp"
#include "rest/topic_address.hpp"

#include <utility>

namespace rest {
namespace {

std::string hint_for(const std::string& topic, bool retain, const mqtt::publish_outcome& outcome) {
    if (topic.ends_with('/'))
        return "The topic ends in '/': that is one more, empty level.";
    if (outcome.reason == mqtt::reason::no_matching_subscribers && !retain)
        return "Nobody subscribes, and the message was not retained: it is gone. PUT keeps it.";
    return {};
}

std::size_t digits_of(std::size_t number) {
    std::size_t digits = 1;
    for (; number >= 10; number /= 10)
        ++digits;
    return digits;
}

} // namespace

void show_receipt(exchange& each, const std::string& topic, const publish_options& options,
                  const mqtt::publish_outcome& outcome, std::uint32_t acked) {
    constexpr std::size_t usual_bytes = 384;
    std::string front;
    front.reserve(usual_bytes + topic.size());
    front += R"({"id":)";
    append_json_string(front, mqtt::public_id(outcome.id));
    front += R"(,"topic":)";
    append_json_string(front, topic);
    front += R"(,"qos":)";
    append_number(front, mqtt::to_number(options.qos));
    front += options.retain ? R"(,"retain":true)" : R"(,"retain":false)";
    front += R"(,"reason_code":)";
    append_number(front, mqtt::to_byte(outcome.reason));
    front += R"(,"matched":)";
    append_number(front, outcome.matched);
    front += R"(,"sent":)";
    append_number(front, outcome.sent);
    front += R"(,"queued":)";
    append_number(front, outcome.queued);
    if (options.await_acks) {
        front += R"(,"acked":)";
        append_number(front, acked);
    }
    front += R"(,"bytes":{"http":)";
    std::string back = R"(,"mqtt":)";
    append_number(back, outcome.mqtt_bytes);
    back += '}';
    if (const auto hint = hint_for(topic, options.retain, outcome); !hint.empty()) {
        back += R"(,"hint":)";
        append_json_string(back, hint);
    }
    back += "}\n";
    each.answer.add("Content-Type", "application/json");
    // All but the number's own digits, and those of Content-Length: "0" stands for them here.
    const auto other_bytes = each.asked.wire_bytes + each.connection.answer_bytes(each, 0) - 1;
    // The number counts its own digits: once more when they become one more.
    std::size_t digits = 3;
    std::size_t total = 0;
    for (int round = 0; round < 3; ++round) {
        const auto body_bytes = front.size() + digits + back.size();
        total = other_bytes + digits_of(body_bytes) + body_bytes;
        const auto found = digits_of(total);
        if (found == digits)
            break;
        digits = found;
    }
    append_number(front, total);
    each.answer.body = std::move(front.append(back));
}

} // namespace rest
