#include "rest/batch_receipts.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/json_text.hpp"
#include "rest/percent.hpp"

#include <algorithm>

namespace rest {
namespace {

constexpr std::size_t topic_bytes_shown_max = 200; // of a topic that was refused

// What could not be published may be anything, of any length.
void append_any_text(std::string& out, std::string_view text) {
    const bool shown_whole = text.size() <= topic_bytes_shown_max;
    if (shown_whole && mqtt::is_utf8(text))
        append_json_string(out, text);
    else
        append_json_string(out, header_text(text.substr(0, topic_bytes_shown_max)) +
                                    (shown_whole ? "" : "..."));
}

void append_rows(std::string& out, std::vector<std::pair<std::uint64_t, std::string>>& rows) {
    std::sort(rows.begin(), rows.end()); // by index: those of other shards are known later
    auto separator = '[';
    for (const auto& [index, document] : rows) {
        out += separator;
        out += document;
        separator = ',';
    }
    if (rows.empty())
        out += separator;
    out += ']';
}

} // namespace

void batch_receipts::published(std::uint64_t index, const mqtt::publish_request& what,
                               const mqtt::publish_outcome& outcome) {
    ++published_;
    if (wanted_ != receipts_wanted::all)
        return;
    std::string document = R"({"index":)";
    append_number(document, index);
    document += R"(,"id":)";
    append_json_string(document, mqtt::public_id(outcome.id));
    document += R"(,"topic":)";
    append_json_string(document, what.topic);
    document += R"(,"qos":)";
    append_number(document, mqtt::to_number(what.qos));
    document += what.retain ? R"(,"retain":true)" : R"(,"retain":false)";
    document += R"(,"reason_code":)";
    append_number(document, mqtt::to_byte(outcome.reason));
    document += R"(,"matched":)";
    append_number(document, outcome.matched);
    document += R"(,"sent":)";
    append_number(document, outcome.sent);
    document += R"(,"queued":)";
    append_number(document, outcome.queued);
    document += '}';
    keep(receipts_, batch_receipts_max, index, std::move(document));
}

void batch_receipts::failed(std::uint64_t index, std::string_view topic, const batch_fault& why) {
    ++failed_;
    if (wanted_ == receipts_wanted::none)
        return;
    std::string document = R"({"index":)";
    append_number(document, index);
    if (!topic.empty()) {
        document += R"(,"topic":)";
        append_any_text(document, topic);
    }
    const auto& row = mqtt::row_of(why.reason);
    document += R"(,"reason_code":)";
    append_number(document, mqtt::to_byte(why.reason));
    document += R"(,"reason":)";
    append_json_string(document, row.name);
    document += R"(,"detail":)";
    append_json_string(document, why.detail.empty() ? row.sentence : std::string_view(why.detail));
    document += '}';
    keep(errors_, batch_errors_max, index, std::move(document));
}

void batch_receipts::keep(std::vector<row>& rows, std::size_t rows_max, std::uint64_t index,
                          std::string document) {
    if (streamed_) {
        lines_ += document;
        lines_ += '\n';
        ++lines_count_;
    } else if (rows.size() < rows_max) {
        rows.emplace_back(index, std::move(document));
    } else {
        ++left_out_;
    }
}

std::string batch_receipts::take_lines(std::size_t waiting) {
    if (waiting > receipts_waiting_bytes_max) {
        left_out_ += std::exchange(lines_count_, 0);
        lines_.clear();
    }
    lines_count_ = 0;
    return std::exchange(lines_, {});
}

std::string batch_receipts::summary() {
    std::string out = R"("published":)";
    append_number(out, published_);
    out += R"(,"failed":)";
    append_number(out, failed_);
    if (wanted_ != receipts_wanted::none && !streamed_) {
        out += R"(,"errors":)";
        append_rows(out, errors_);
    }
    if (wanted_ == receipts_wanted::all && !streamed_) {
        out += R"(,"receipts":)";
        append_rows(out, receipts_);
    }
    if (left_out_ != 0) {
        out += R"(,"left_out":)";
        append_number(out, left_out_);
    }
    return out;
}

} // namespace rest
