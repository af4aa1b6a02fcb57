// What EMQX 5 has at /api/v5/publish and /api/v5/publish/bulk, answered as its users expect: 200
// with an id, 202 when nobody subscribes, and EMQX's names for reason codes.
#include "rest/batch_run.hpp"
#include "rest/json_text.hpp"
#include "rest/resources/batch.hpp"
#include "rest/service_context.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

namespace rest {
namespace {

// "Topic Name invalid" is topic_name_invalid there.
std::string emqx_name(mqtt::reason reason) {
    std::string name(mqtt::row_of(reason).name);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return c == ' ' ? '_' : static_cast<char>(std::tolower(c));
    });
    return name;
}

std::string refusal(mqtt::reason reason) {
    std::string out = R"({"reason_code":)";
    // A PUBACK has no "packet too large", so EMQX says it with another code.
    append_number(out, mqtt::to_byte(reason == mqtt::reason::packet_too_large
                                         ? mqtt::reason::quota_exceeded
                                         : reason));
    out += R"(,"message":)";
    append_json_string(out, emqx_name(reason));
    return out += '}';
}

unsigned status_for(mqtt::reason reason) {
    switch (reason) {
    case mqtt::reason::success:
        return 200;
    case mqtt::reason::no_matching_subscribers:
        return 202;
    case mqtt::reason::not_authorized:
        return 403;
    case mqtt::reason::server_busy:
    case mqtt::reason::server_unavailable:
        return 503;
    default:
        return 400;
    }
}

// A row for each message, in their order.
class emqx_rows final : public batch_report {
public:
    void published(std::uint64_t index, const mqtt::publish_request&,
                   const mqtt::publish_outcome& outcome) override {
        auto& row = row_at(index);
        row.reason = outcome.reason;
        if (outcome.reason != mqtt::reason::success) {
            row.document = refusal(outcome.reason);
            return;
        }
        row.document = R"({"id":)";
        append_json_string(row.document, mqtt::public_id(outcome.id));
        row.document += '}';
    }

    void failed(std::uint64_t index, std::string_view, const batch_fault& why) override {
        auto& row = row_at(index);
        row.reason = why.reason;
        if (why.reason == mqtt::reason::malformed_packet && !why.detail.empty()) {
            row.document = R"({"code":"BAD_REQUEST","message":)";
            append_json_string(row.document, why.detail);
            row.document += '}';
        } else {
            row.document = refusal(why.reason);
        }
        first_failed_ = std::min(first_failed_, index);
    }

    // The first message that is wrong is the answer for all: nothing was published.
    void show_refusal(exchange& each) const { show(each, rows_.at(first_failed_)); }
    void show_one(exchange& each) const { show(each, rows_.front()); }

    void show_all(exchange& each) const {
        unsigned status = 200;
        std::string body = "[";
        for (const auto& row : rows_) {
            const auto own = status_for(row.reason);
            if (own != 200) // partly done, or worse
                status = std::max(status, own < 500 ? 202U : 503U);
            body += body.size() == 1 ? "" : ",";
            body += row.document;
        }
        each.answer.status = status;
        each.answer.set_body("application/json", body + "]");
    }

private:
    struct row {
        mqtt::reason reason = mqtt::reason::success;
        std::string document;
    };

    static void show(exchange& each, const row& what) {
        each.answer.status = status_for(what.reason);
        each.answer.set_body("application/json", what.document);
    }

    row& row_at(std::uint64_t index) {
        if (rows_.size() <= index)
            rows_.resize(index + 1); // bound: atomic_messages_max, and one that is too much
        return rows_[index];
    }

    std::vector<row> rows_;
    std::uint64_t first_failed_ = ~std::uint64_t{0};
};

void refuse_body(exchange& each, std::string_view message) {
    each.answer.status = 400;
    std::string body = R"({"code":"BAD_REQUEST","message":)";
    append_json_string(body, message);
    each.answer.set_body("application/json", body + "}");
}

const batch_terms& emqx_terms() {
    static const batch_terms terms = [] {
        batch_terms made;
        made.qos = mqtt::qos::at_most_once; // EMQX's default
        made.ignore_client_id = true;
        return made;
    }();
    return terms;
}

} // namespace

// One message alone: publishing it says all that there is to say.
boost::asio::awaitable<void> publish_for_emqx(exchange& each) {
    auto& connection = each.connection;
    batch_body body(batch_form::document, emqx_terms(), each.asked.body.size());
    body.put(each.asked.body);
    if (!body.finish() || !body.is_single()) {
        refuse_body(each, "The body is a JSON object with topic and payload");
        co_return;
    }
    emqx_rows rows;
    batch_message message;
    batch_fault fault;
    if (body.next(message, fault) == batch_body::found::fault) {
        rows.failed(0, {}, fault);
        rows.show_one(each);
        co_return;
    }
    if (connection.context().door.asks_others())
        co_await connection.settle(mqtt::operation::publish, message.what.topic);
    const auto unheard_by = connection.context().streams->hushed_for(connection.client().who());
    message.what.unheard_by = unheard_by;
    std::optional<mqtt::publish_outcome> came;
    connection.client().publish(message.what, [&](const mqtt::publish_outcome& told) {
        came = told;
        connection.notify();
    });
    while (!came)
        co_await connection.sleep_until(mqtt::never);
    if (mqtt::is_error(came->reason))
        rows.failed(0, {}, {came->reason, {}});
    else
        rows.published(0, message.what, *came);
    rows.show_one(each);
}

boost::asio::awaitable<void> publish_bulk_for_emqx(exchange& each) {
    auto& connection = each.connection;
    batch_body body(batch_form::document, emqx_terms(), each.asked.body.size());
    body.put(each.asked.body);
    if (!body.finish() || body.is_single()) {
        refuse_body(each, "The body is a JSON array of messages");
        co_return;
    }
    emqx_rows rows;
    batch_run run(connection, rows);
    const bool good = co_await batch_run::check_all(run, body);
    if (connection.over())
        co_return;
    if (!good) {
        rows.show_refusal(each);
        co_return;
    }
    co_await batch_run::publish_checked(run);
    if (connection.over())
        co_return;
    rows.show_all(each);
}

} // namespace rest
