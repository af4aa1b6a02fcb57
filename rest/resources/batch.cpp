// POST and PUT /api/v1/publish: an object, an array, or lines without end; section 4 of the
// contract.
#include "rest/resources/batch.hpp"

#include "rest/accept.hpp"
#include "rest/batch_receipts.hpp"
#include "rest/batch_run.hpp"
#include "rest/http_connection.hpp"
#include "rest/publish_options.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"

#include <array>
#include <optional>
#include <utility>

namespace rest {
namespace {

constexpr std::string_view ndjson_type = "application/x-ndjson";

struct batch_wishes {
    batch_form form = batch_form::document;
    batch_terms terms;
    receipts_wanted receipts = receipts_wanted::errors;
    bool atomic = false;
    bool streamed = false; // the answer
};

std::string_view media_type(const request& asked) {
    const auto field = asked.field(http_field::content_type);
    return trimmed(field.substr(0, field.find(';')));
}

// The option, else the type; a body that says nothing is JSON.
checked<batch_form> read_form(const request& asked, const query& options) {
    if (const auto* as = options.find("as"); as != nullptr && as->value != "text") {
        if (as->value == "lines")
            return batch_form::lines;
        if (as->value == "ndjson")
            return batch_form::ndjson;
        if (as->value == "json")
            return batch_form::document;
        return invalid_option("as", as->value, "json, ndjson or lines");
    }
    for (const auto type : {ndjson_type, std::string_view("application/ndjson"),
                            std::string_view("application/jsonl")})
        if (equal_ignoring_case(media_type(asked), type))
            return batch_form::ndjson;
    return batch_form::document;
}

checked<receipts_wanted> read_receipts(const query& options) {
    const auto* found = options.find("receipts");
    if (found == nullptr || found->value == "errors")
        return receipts_wanted::errors;
    if (found->value == "all")
        return receipts_wanted::all;
    if (found->value == "none")
        return receipts_wanted::none;
    return invalid_option("receipts", found->value, "all, errors or none");
}

bool wants_lines(const request& asked) {
    constexpr std::array served{std::string_view("application/json"), ndjson_type};
    return preferred(asked.list(http_field::accept), served) == std::size_t{1};
}

checked<batch_wishes> read_wishes(const request& asked, const query& options) {
    batch_wishes made;
    const auto form = read_form(asked, options);
    if (!form)
        return form.error();
    made.form = *form;
    const auto qos = read_qos(asked, options, made.terms.qos);
    if (!qos)
        return qos.error();
    made.terms.qos = *qos;
    const auto retain = options.flag("retain");
    if (!retain)
        return retain.error();
    made.terms.retain = *retain;
    if (const auto* prefix = options.find("prefix"); prefix != nullptr)
        made.terms.prefix = prefix->value;
    const auto receipts = read_receipts(options);
    if (!receipts)
        return receipts.error();
    made.receipts = *receipts;
    const auto atomic = options.flag("atomic");
    if (!atomic)
        return atomic.error();
    made.atomic = *atomic;
    made.streamed = made.form != batch_form::document && !made.atomic &&
                    (made.receipts == receipts_wanted::all || wants_lines(asked));
    return made;
}

// A problem with the summary of the batch in it.
void refuse_with(exchange& each, problem told, batch_receipts& counted) {
    refuse(each, told);
    if (!each.answer.body.ends_with("}\n"))
        return; // as text
    each.answer.body.resize(each.answer.body.size() - 2);
    each.answer.body += ',' + counted.summary() + "}\n";
}

void refuse_document(exchange& each, const batch_body& body) {
    problem told{.id = problem_id::body_not_readable,
                 .detail = "There is no JSON object or array: byte " +
                           std::to_string(body.position()) + " is not what belongs there"};
    told.hint = "For one object a line say as=ndjson, for lines of topic and payload as=lines.";
    told.try_line = "curl -d '[{\"topic\":\"a/b\",\"payload\":\"1\"}]' '" + base_uri(each) +
                    std::string(each.path) + "'";
    refuse(each, told);
}

void show_summary(exchange& each, batch_receipts& counted) {
    if (counted.published_count() == 0 && counted.failed_count() != 0)
        return refuse_with(each, {.id = problem_id::batch_refused}, counted);
    each.answer.set_body(counted.is_streamed() ? ndjson_type : "application/json",
                         '{' + counted.summary() + "}\n");
}

// Lines of a batch that is answered as it is read.
void send_lines(exchange& each, batch_receipts& counted) {
    auto& connection = each.connection;
    const auto lines = counted.take_lines(connection.unsent_bytes());
    if (lines.empty())
        return;
    if (!each.written) {
        each.answer.add("Content-Type", ndjson_type);
        each.answer.add("Cache-Control", "no-store");
        each.answer.add("X-Accel-Buffering", "no");
        connection.begin_stream(each);
    }
    connection.put_part(lines);
}

// The end of a batch whose body came to its end, or broke off.
boost::asio::awaitable<void> answer_lines(exchange& each, batch_receipts& counted,
                                          std::optional<problem> broken) {
    if (!each.written) {
        if (broken)
            refuse_with(each, *broken, counted);
        else
            show_summary(each, counted);
        co_return;
    }
    std::string last = "{" + counted.summary();
    if (broken)
        last += ",\"problem\":" + problem_document(*broken);
    while (last.ends_with('\n'))
        last.pop_back();
    each.connection.put_part(last + "}\n");
    co_await each.connection.end_stream();
}

// Lines are published as they arrive.
boost::asio::awaitable<void> publish_lines(exchange& each, batch_body& body, batch_run& run,
                                           batch_receipts& counted) {
    auto& connection = each.connection;
    for (bool more = true; more;) {
        const auto part = co_await connection.next_part(!body.is_within_line());
        if (connection.over())
            co_return;
        if (part && part->empty())
            body.finish();
        else
            body.put(each.asked.body); // also what came before the body broke off
        co_await batch_run::publish_what_came(run, body);
        if (connection.over())
            co_return;
        send_lines(each, counted);
        more = part && !part->empty();
        if (more)
            continue;
        std::optional<problem> broken;
        if (!part)
            broken = part.error();
        co_await answer_lines(each, counted, std::move(broken));
    }
}

// Reads the whole body. Refuses the exchange when it is too large or breaks off.
boost::asio::awaitable<void> collect(exchange& each, batch_body& body) {
    auto& connection = each.connection;
    const auto bytes_max = connection.context().rules.max_body_bytes;
    for (bool more = true; more && !each.answered;) {
        const auto part = co_await connection.next_part(false);
        if (connection.over())
            co_return;
        more = part && !part->empty();
        if (!part)
            refuse(each, part.error());
        else if (body.bytes() + part->size() > bytes_max)
            refuse(each, {.id = problem_id::payload_too_large,
                          .detail = "This listener takes " + std::to_string(bytes_max) +
                                    " bytes as one document, or in one atomic batch",
                          .hint = "With Content-Type: application/x-ndjson, or as=lines, only the "
                                  "single line is limited."});
        else if (more)
            body.put(*part);
    }
    if (!each.answered && !body.finish())
        refuse_document(each, body);
}

boost::asio::awaitable<void> publish_whole(exchange& each, bool atomic, batch_body& body,
                                           batch_run& run, batch_receipts& counted) {
    co_await collect(each, body);
    if (each.answered || each.connection.over())
        co_return;
    if (atomic) {
        const bool good = co_await batch_run::check_all(run, body);
        if (each.connection.over())
            co_return;
        if (!good) {
            refuse_with(each, {.id = problem_id::batch_refused}, counted);
            co_return;
        }
        co_await batch_run::publish_checked(run);
    } else {
        co_await batch_run::publish_what_came(run, body);
    }
    if (!each.connection.over())
        show_summary(each, counted);
}

} // namespace

boost::asio::awaitable<void> publish_batch(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::batch); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto wishes = read_wishes(each.asked, each.options);
    if (!wishes) {
        refuse(each, wishes.error());
        co_return;
    }
    batch_receipts counted(wishes->receipts, wishes->streamed);
    batch_body body(wishes->form, wishes->terms, each.connection.context().rules.max_body_bytes);
    batch_run run(each.connection, counted);
    if (wishes->form == batch_form::document || wishes->atomic)
        co_await publish_whole(each, wishes->atomic, body, run, counted);
    else
        co_await publish_lines(each, body, run, counted);
}

} // namespace rest
