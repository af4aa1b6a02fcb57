// Problems as documents and as text, how answers are written, and which form a caller gets.
#include "rest/accept.hpp"
#include "rest/problem.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <set>

namespace {

using rest::problem_id;

std::optional<std::size_t> prefer(std::string_view accept) {
    constexpr std::array<std::string_view, 3> served{"application/json", "text/plain",
                                                     "text/event-stream"};
    return rest::preferred(accept, served);
}

} // namespace

TEST_CASE("a problem document has a type that leads to its page, and the MQTT reason",
          "[problem]") {
    const auto text = rest::problem_document({.id = problem_id::wildcard_in_topic_name,
                                              .detail = "a/\"+\"\n",
                                              .hint = "Use GET.",
                                              .members = {{"current", "k-1"}}});
    const auto document = nlohmann::json::parse(text);
    CHECK(document.at("type") == "/problems/wildcard-in-topic-name");
    CHECK(document.at("status") == 400);
    CHECK(document.at("detail") == "a/\"+\"\n");
    CHECK(document.at("reason_code") == 144);
    CHECK(document.at("reason") == "Topic Name invalid");
    CHECK(document.at("hint") == "Use GET.");
    CHECK(document.at("current") == "k-1");
    CHECK_FALSE(document.contains("try"));
}

TEST_CASE("whatever bytes a problem quotes, its document is JSON and its text has three lines",
          "[problem]") {
    const std::string bytes("\xFF\0\r\n<\x1B", 6);
    for (const auto& row : rest::problem_table) {
        const rest::problem what{.id = row.id, .detail = bytes, .try_line = bytes};
        CHECK(nlohmann::json::accept(rest::problem_document(what)));
        const auto lines = rest::problem_lines(what);
        CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
    }
}

TEST_CASE("numbers and names of problems are unique, and every number begins with a status",
          "[problem]") {
    std::set<std::uint32_t> numbers;
    std::set<std::string_view> names;
    for (const auto& row : rest::problem_table) {
        CHECK(numbers.insert(row.number).second);
        CHECK(names.insert(row.name).second);
        CHECK(rest::status_of(row.id) >= 400);
        CHECK(rest::status_of(row.id) < 600);
        CHECK(rest::status_text(rest::status_of(row.id)) != "<unknown-status>");
    }
}

TEST_CASE("what the broker refuses has a status of its own over HTTP", "[problem]") {
    using mqtt::reason;
    const std::array<std::pair<reason, unsigned>, 15> expected{{
        {reason::malformed_packet, 400},
        {reason::topic_filter_invalid, 400},
        {reason::topic_name_invalid, 400},
        {reason::bad_user_name_or_password, 401},
        {reason::not_authorized, 403},
        {reason::banned, 403},
        {reason::no_matching_subscribers, 409},
        {reason::packet_too_large, 413},
        {reason::payload_format_invalid, 422},
        {reason::retain_not_supported, 422},
        {reason::quota_exceeded, 429},
        {reason::message_rate_too_high, 429},
        {reason::server_busy, 503},
        {reason::server_shutting_down, 503},
        {reason::unspecified_error, 500},
    }};
    for (const auto& [code, status] : expected) {
        const auto told = rest::problem_of(code);
        CHECK(rest::status_of(told.id) == status);
        CHECK(told.reason == code);
        // Retry-After; when a bucket has room again, its owner says.
        const bool waits = status == 503 || code == reason::quota_exceeded;
        CHECK(told.fields.empty() == !waits);
    }
}

TEST_CASE("a header value cannot end its line", "[reply]") {
    rest::reply answer;
    answer.add("Location", "/a\r\nSet-Cookie: b");
    CHECK(answer.fields == "Location: /a%0D%0ASet-Cookie: b\r\n");
    CHECK(answer.field("location") == "/a%0D%0ASet-Cookie: b");
    CHECK(answer.field("Set-Cookie") == "");
}

TEST_CASE("the head of an answer says how long its body is, where it has one", "[reply]") {
    const auto head = [](unsigned status, rest::reply_frame frame) {
        rest::reply answer;
        answer.status = status;
        std::string out;
        frame.date = "D";
        frame.request_id = "r-1";
        rest::append_head(out, answer, frame, 3);
        return out;
    };
    CHECK(head(200, {}) ==
          "HTTP/1.1 200 OK\r\nDate: D\r\nRequest-Id: r-1\r\nContent-Length: 3\r\n\r\n");
    CHECK(head(204, {}) == "HTTP/1.1 204 No Content\r\nDate: D\r\nRequest-Id: r-1\r\n\r\n");
    CHECK(head(304, {}).find("Content-Length") == std::string::npos);
    CHECK(head(200, {.keep_alive = false}).find("Connection: close\r\n") != std::string::npos);
    CHECK(head(200, {.version = 10}).find("Connection: keep-alive\r\n") != std::string::npos);
    CHECK(head(200, {.chunked = true}).find("Transfer-Encoding: chunked\r\n\r\n") !=
          std::string::npos);
    std::string chunk;
    rest::append_chunk(chunk, std::string(26, 'x'));
    CHECK(chunk == "1a\r\n" + std::string(26, 'x') + "\r\n");
}

TEST_CASE("the form with the highest weight is chosen, the first one named among equals",
          "[accept]") {
    CHECK(prefer("application/json") == 0U);
    CHECK(prefer("text/plain, application/json") == 1U);
    CHECK(prefer("text/plain;q=0.5, application/json;q=0.6") == 0U);
    CHECK(prefer("TEXT/EVENT-STREAM;charset=x") == 2U);
    CHECK(prefer("application/json, text/plain, */*") == 0U);
    CHECK_FALSE(prefer("*/*"));
    CHECK_FALSE(prefer(""));
    CHECK_FALSE(prefer("image/png"));
    CHECK_FALSE(prefer("application/json;q=0"));
    CHECK_FALSE(prefer("application/json;q=0.1, */*;q=0.9"));
    CHECK(rest::wants_text("text/plain"));
    CHECK_FALSE(rest::wants_text("*/*"));
    CHECK_FALSE(rest::wants_text("application/problem+json, text/plain"));
}
