#include "rest/idempotency.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/broker/documents.hpp"
#include "rest/base64.hpp"
#include "rest/http_connection.hpp"
#include "rest/service_context.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>

namespace rest {
namespace {

using nlohmann::json;

constexpr std::string_view kind = "idempotency-key";
constexpr std::string_view key_field = "Idempotency-Key";

std::string digest_of(std::string_view text) {
    return base64(mqtt::sha256(text));
}

void append_part(std::string& to, std::string_view part) {
    to.append(std::to_string(part.size())).append(":").append(part);
}

// Keys of one caller say nothing of another's: a user's own, and without a name those of an
// address.
std::string document_name(const mqtt::identity& who, std::string_view key) {
    std::string text = who.anonymous() ? "address " : "user ";
    append_part(text,
                who.anonymous() ? who.address.substr(0, who.address.rfind(':')) : who.username);
    text += std::to_string(who.realm) + " ";
    append_part(text, key);
    return digest_of(text);
}

// What makes two requests the same.
std::string fingerprint_of(const request& asked) {
    std::string text;
    append_part(text, asked.method_text());
    append_part(text, asked.target());
    asked.each_field([&](std::string_view name, std::string_view value) {
        const bool counts = (name.size() > 5 && equal_ignoring_case(name.substr(0, 5), "Mqtt-")) ||
                            equal_ignoring_case(name, "Content-Type") ||
                            equal_ignoring_case(name, "If-Match") ||
                            equal_ignoring_case(name, "If-None-Match");
        if (!counts)
            return;
        append_part(text, name);
        append_part(text, value);
    });
    append_part(text, asked.body);
    return digest_of(text);
}

// The key without the quotes that a structured field has; nothing when it is none.
std::optional<std::string_view> read_key(std::string_view field) {
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
        field = field.substr(1, field.size() - 2);
    if (field.empty() || field.size() > key_bytes_max)
        return std::nullopt;
    for (const char c : field)
        if (c < 0x20 || c == 0x7F)
            return std::nullopt;
    return field;
}

// Tells requests of this process from those of one before it.
const std::string& this_run() {
    static const std::string run =
        std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
    return run;
}

mqtt::stored_document document_of(const once_key& key, const json& value) {
    mqtt::stored_document one;
    one.kind = kind;
    one.name = key.name;
    one.value = value.dump(-1, ' ', false, json::error_handler_t::replace);
    one.expires_at = std::chrono::system_clock::now() + key_lifetime;
    return one;
}

void forget(exchange& each) {
    auto gone = document_of(*each.once, json::object());
    gone.gone = true;
    mqtt::keep_document(each.connection.context().hub, std::move(gone));
}

// Answers as before. A key whose request was done by a process that ended before it was answered
// has no answer any more.
void replay(exchange& each, const json& kept) {
    each.answer.add("Idempotency-Replayed", "true");
    if (!kept.contains("status")) {
        each.answer.set_body("application/json",
                             "{\"reason_code\":0,\"hint\":\"This was done before. The server was "
                             "restarted since, and has no more of the answer.\"}\n");
        return;
    }
    each.answer.status = kept.at("status").get<unsigned>();
    each.answer.fields += kept.at("fields").get<std::string>();
    each.answer.body = kept.at("body").get<std::string>();
}

void answer_again(exchange& each, const std::string& fingerprint,
                  const mqtt::documents::entry& found) {
    const auto kept = json::parse(found.value, nullptr, false);
    if (!kept.is_object() || kept.value("request", "") != fingerprint)
        return refuse(each, {.id = problem_id::key_used_otherwise,
                             .detail = std::string(each.asked.field(key_field)),
                             .hint = "Make a new key for each request that is not a repetition."});
    const bool of_this_run = kept.value("run", "") == this_run();
    if (!kept.contains("status") && (of_this_run || !kept.value("done", false))) {
        problem told{.id = problem_id::request_still_running,
                     .detail = std::string(each.asked.field(key_field))};
        told.fields.emplace_back("Retry-After", "1");
        return refuse(each, told);
    }
    replay(each, kept);
}

json note_of(exchange& each, bool done) {
    return {{"request", each.once->fingerprint}, {"run", this_run()}, {"done", done}};
}

} // namespace

void mark_done(exchange& each) {
    if (!each.once || std::exchange(each.once->done, true))
        return;
    mqtt::keep_document(each.connection.context().hub,
                        document_of(*each.once, note_of(each, true)));
}

boost::asio::awaitable<void> answer_once(exchange& each,
                                         boost::asio::awaitable<void> (*handle)(exchange&)) {
    if (each.asked.field(key_field).empty()) {
        co_await handle(each);
        co_return;
    }
    const auto key = read_key(each.asked.field(key_field));
    if (!key) {
        refuse(each, {.id = problem_id::invalid_parameter,
                      .detail = "Idempotency-Key has 1 to 255 characters"});
        co_return;
    }
    auto& hub = each.connection.context().hub;
    each.once =
        once_key{document_name(each.connection.client().who(), *key), fingerprint_of(each.asked)};
    if (const auto found = mqtt::documents_of(hub).find(kind, each.once->name)) {
        answer_again(each, each.once->fingerprint, *found);
        co_return;
    }
    if (mqtt::documents_of(hub).count(kind) >= keys_max) {
        refuse(each, {.id = problem_id::quota_exceeded,
                      .detail = "Too many keys were used in the last ten minutes"});
        co_return;
    }
    if (const auto first =
            mqtt::claim_document(hub, document_of(*each.once, note_of(each, false)))) {
        answer_again(each, each.once->fingerprint, *first); // another connection was quicker
        co_return;
    }
    const auto own_fields = each.answer.fields.size(); // what guards have added
    co_await handle(each);
    if (!each.once->done || each.answer.status >= 500) {
        forget(each); // nothing happened: it may be tried again
        co_return;
    }
    auto note = note_of(each, true);
    note["status"] = each.answer.status;
    note["fields"] = each.answer.fields.substr(own_fields);
    note["body"] = each.answer.body;
    mqtt::keep_document(hub, document_of(*each.once, note));
}

} // namespace rest
