// What a caller is told of a batch: counted always, listed within bounds.
#include "rest/batch_receipts.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace {

using nlohmann::json;
using rest::batch_receipts;
using rest::receipts_wanted;

json summary_of(batch_receipts& told) {
    return json::parse("{" + told.summary() + "}");
}

void publish(batch_receipts& told, std::uint64_t index) {
    mqtt::publish_request what;
    what.topic = "a/b";
    mqtt::publish_outcome outcome;
    outcome.id = index + 1;
    told.published(index, what, outcome);
}

} // namespace

TEST_CASE("errors and receipts are listed in the order of their messages", "[batch]") {
    batch_receipts told(receipts_wanted::all, false);
    publish(told, 3);
    told.failed(2, "b", {mqtt::reason::not_authorized, {}});
    publish(told, 0);
    told.failed(1, {}, {mqtt::reason::malformed_packet, "not JSON"});
    const auto found = summary_of(told);
    CHECK(found.at("published") == 2);
    CHECK(found.at("failed") == 2);
    CHECK(found.at("receipts").at(0).at("index") == 0);
    CHECK(found.at("receipts").at(1).at("index") == 3);
    CHECK(found.at("errors").at(0).at("detail") == "not JSON");
    CHECK_FALSE(found.at("errors").at(0).contains("topic"));
    CHECK(found.at("errors").at(1).at("reason_code") == 135);
    CHECK_FALSE(found.contains("left_out"));
}

TEST_CASE("what is not listed is counted", "[batch]") {
    batch_receipts told(receipts_wanted::errors, false);
    for (std::size_t i = 0; i < rest::batch_errors_max + 7; ++i)
        told.failed(i, "t", {mqtt::reason::not_authorized, {}});
    const auto found = summary_of(told);
    CHECK(found.at("errors").size() == rest::batch_errors_max);
    CHECK(found.at("failed") == rest::batch_errors_max + 7);
    CHECK(found.at("left_out") == 7);
}

TEST_CASE("nothing is listed for who wants nothing", "[batch]") {
    batch_receipts told(receipts_wanted::none, false);
    publish(told, 0);
    told.failed(1, "t", {mqtt::reason::not_authorized, {}});
    CHECK(told.summary() == R"("published":1,"failed":1)");
}

TEST_CASE("lines for a reader who is behind are left out, and the summary is not", "[batch]") {
    batch_receipts told(receipts_wanted::all, true);
    publish(told, 0);
    CHECK(json::parse(told.take_lines(rest::receipts_waiting_bytes_max)).at("index") == 0);
    publish(told, 1);
    told.failed(2, "t", {mqtt::reason::not_authorized, {}});
    CHECK(told.take_lines(rest::receipts_waiting_bytes_max + 1).empty());
    publish(told, 3);
    CHECK(json::parse(told.take_lines(0)).at("index") == 3);
    CHECK(told.summary() == R"("published":3,"failed":1,"left_out":2)");
}

TEST_CASE("a topic that was refused is shown whatever bytes it has", "[batch]") {
    batch_receipts told(receipts_wanted::errors, false);
    told.failed(0, "a\xFF\n", {mqtt::reason::topic_name_invalid, {}});
    told.failed(1, std::string(100'000, 'x'), {mqtt::reason::topic_name_invalid, {}});
    const auto found = summary_of(told);
    CHECK(found.at("errors").at(0).at("topic") == "a%FF%0A");
    CHECK(found.at("errors").at(1).at("topic").get<std::string>().size() < 300);
}
