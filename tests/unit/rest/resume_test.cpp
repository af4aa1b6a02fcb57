// Where a caller wants to go on.
#include "mqtt/broker/local_client.hpp"
#include "rest/replay.hpp"
#include "rest/topic_address.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/rest/request_text.hpp"

namespace {

using namespace std::chrono_literals;

constexpr mqtt::wall_time now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};

rest::checked<rest::resume_point> resume(std::string_view options, std::string_view fields = {}) {
    const auto asked =
        rest_test::request_from("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields));
    const auto query = rest::query::parse(options).value();
    return rest::read_resume(asked, query, now);
}

} // namespace

TEST_CASE("a caller goes on behind an id, or from a time", "[resume]") {
    CHECK_FALSE(resume("")->is_named());
    const auto id = mqtt::public_id(1042);
    CHECK(resume("after=" + id)->after == 1042U);
    CHECK(resume("since=-10m")->since == now - 10min);
    CHECK(resume("since=-10m")->is_named());
    CHECK_FALSE(resume("after=").has_value()); // a cursor that got lost on its way
    CHECK_FALSE(resume("since=soon").has_value());
    CHECK_FALSE(resume("since=-10m&after=" + id).has_value());
}

TEST_CASE("what the client saw last counts before the URL that it repeats", "[resume]") {
    const auto seen = "Last-Event-ID: " + mqtt::public_id(7) + "\r\n";
    CHECK(resume("after=" + mqtt::public_id(5), seen)->after == 7U);
    const auto from = resume("since=-10m", seen);
    CHECK(from->after == 7U);
    CHECK_FALSE(from->since.has_value());
}

TEST_CASE("an id of another run is a place, though nobody knows where", "[resume]") {
    const auto from = resume("after=elsewhere-5");
    CHECK(from->is_named());
    CHECK_FALSE(from->after.has_value());
    CHECK(from->text == "elsewhere-5");
}

TEST_CASE("one topic is one topic, where several have no meaning", "[resume]") {
    const auto query = rest::query::parse("topic=a&topic=b").value();
    const auto address = rest::address_to_read(std::nullopt, query);
    REQUIRE_FALSE(address.has_value());
    CHECK(address.error().id == rest::problem_id::invalid_parameter);
}
