#include "rest/problem.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/json_text.hpp"
#include "rest/percent.hpp"

namespace rest {
namespace {

// Details quote what the caller sent, whatever bytes that were.
void append_text(std::string& out, std::string_view text) {
    append_json_string(out, mqtt::is_utf8(text) ? std::string(text) : header_text(text));
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty())
        return;
    out += ",\"";
    out += name;
    out += "\":";
    append_text(out, text);
}

std::string one_line(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20)
            c = ' ';
    return text;
}

} // namespace

namespace {

problem_id id_of(mqtt::reason code) {
    using mqtt::reason;
    switch (code) {
    case reason::malformed_packet:
    case reason::protocol_error:
    case reason::client_identifier_not_valid:
        return problem_id::bad_request;
    case reason::bad_user_name_or_password:
        return problem_id::not_authenticated;
    case reason::not_authorized:
        return problem_id::not_authorized;
    case reason::banned:
        return problem_id::banned;
    case reason::topic_filter_invalid:
        return problem_id::topic_filter_invalid;
    case reason::topic_name_invalid:
        return problem_id::topic_name_invalid;
    case reason::no_matching_subscribers:
        return problem_id::no_subscribers;
    case reason::packet_too_large:
        return problem_id::payload_too_large;
    case reason::payload_format_invalid:
        return problem_id::payload_format_invalid;
    case reason::retain_not_supported:
    case reason::qos_not_supported:
    case reason::shared_subscriptions_not_supported:
    case reason::wildcard_subscriptions_not_supported:
        return problem_id::not_supported;
    case reason::message_rate_too_high:
        return problem_id::rate_limited;
    case reason::receive_maximum_exceeded:
    case reason::quota_exceeded:
        return problem_id::quota_exceeded;
    case reason::server_unavailable:
    case reason::server_busy:
        return problem_id::server_busy;
    case reason::server_shutting_down:
        return problem_id::shutting_down;
    default:
        return problem_id::internal_fault;
    }
}

} // namespace

problem problem_of(mqtt::reason reason) {
    const auto id = id_of(reason);
    problem made{.id = id, .detail = std::string(mqtt::row_of(reason).sentence), .reason = reason};
    const auto status = status_of(id);
    // When there is room in the caller's bucket is told by who knows the bucket.
    if (status == 503 || (status == 429 && id != problem_id::rate_limited))
        made.fields.emplace_back("Retry-After", "1");
    return made;
}

std::string problem_document(const problem& what) {
    const auto& row = row_of(what.id);
    std::string out = R"({"type":"/problems/)";
    out += row.name;
    out += R"(","title":)";
    append_json_string(out, row.title);
    out += R"(,"status":)";
    append_number(out, status_of(what.id));
    append_member(out, "detail", what.detail);
    if (const auto reason = what.reason ? what.reason : row.reason) {
        out += R"(,"reason_code":)";
        append_number(out, mqtt::to_byte(*reason));
        append_member(out, "reason", mqtt::row_of(*reason).name);
    }
    for (const auto& [name, count] : what.counts) {
        out += ",\"" + name + "\":";
        append_number(out, count);
    }
    for (const auto& [name, text] : what.members)
        append_member(out, name, text);
    append_member(out, "hint", what.hint);
    append_member(out, "try", what.try_line);
    out += "}\n";
    return out;
}

std::string problem_lines(const problem& what) {
    std::string out(row_of(what.id).title);
    out += '\n';
    out += one_line(what.detail.empty() ? what.hint : what.detail);
    out += '\n';
    out += one_line(what.try_line.empty() ? what.hint : what.try_line);
    out += '\n';
    return out;
}

void tell(reply& answer, const problem& what, bool as_text) {
    answer.status = status_of(what.id);
    for (const auto& [name, value] : what.fields)
        answer.add(name, value);
    answer.add("Cache-Control", "no-store");
    if (as_text)
        answer.set_body("text/plain; charset=utf-8", problem_lines(what));
    else
        answer.set_body("application/problem+json", problem_document(what));
}

} // namespace rest
