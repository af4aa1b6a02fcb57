// Series as their callers see them.
#include "rest/largest_triangles.hpp"
#include "rest/series_live.hpp"
#include "rest/series_text.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

mqtt::wall_time at(std::int64_t milliseconds) {
    return mqtt::wall_time(std::chrono::milliseconds(milliseconds));
}

mqtt::series_bucket bucket(std::int64_t begin, std::uint64_t numbers, double total, double low,
                           double high) {
    return {at(begin), numbers,   total,     low,       high,         low,
            high,      at(begin), at(begin), at(begin), at(begin + 9)};
}

rest::series_request request_of(rest::series_method method = rest::series_method::bucket) {
    rest::series_request made;
    made.filters = {"a"};
    made.single = true;
    made.since = at(1500);
    made.until = at(6000);
    made.step = 1000ms;
    made.method = method;
    if (method != rest::series_method::lttb)
        made.aggregates = {{"avg",
                            [](const mqtt::series_bucket& each) {
                                return each.total / static_cast<double>(each.numbers);
                            }},
                           {"max", [](const mqtt::series_bucket& each) { return each.high; }}};
    return made;
}

mqtt::series found() {
    mqtt::series made;
    made.buckets = {bucket(2000, 4, 10, 1, 4), bucket(4000, 1, 0.1, 0.1, 0.1)};
    made.numbers = 5;
    made.messages = 7;
    made.newest = 10;
    return made;
}

mqtt::message_ptr message(std::string_view payload, std::uint64_t id, std::int64_t arrived) {
    mqtt::publication what;
    what.topic = "a";
    what.payload = payload;
    return mqtt::message::make(what, id, at(arrived));
}

} // namespace

TEST_CASE("a series is columns and rows of numbers", "[series]") {
    const auto request = request_of();
    const std::vector all{rest::rows_of("a", found(), request)};
    CHECK(rest::series_document(request, all) ==
          R"({"step_ms":1000,"columns":["t","avg","max","n"],)"
          R"("rows":[[2000,2.5,4,4],[4000,0.1,0.1,1]],"skipped":2})");
    CHECK(rest::series_csv(request, all) == "t,avg,max,n\r\n"
                                            "1970-01-01T00:00:02.000Z,2.5,4,4\r\n"
                                            "1970-01-01T00:00:04.000Z,0.1,0.1,1\r\n");
}

TEST_CASE("several series say whose they are", "[series]") {
    auto request = request_of();
    request.single = false;
    request.clamped = true;
    const std::vector all{rest::rows_of("a,\"b", found(), request),
                          rest::rows_of("c", {}, request)};
    const auto document = json::parse(rest::series_document(request, all));
    CHECK(document.at("series").at(0).at("topic") == "a,\"b");
    CHECK(document.at("series").at(0).at("truncated") == true);
    CHECK(document.at("series").at(1).at("rows") == json::array());
    CHECK(
        rest::series_csv(request, all)
            .starts_with("topic,t,avg,max,n\r\n\"a,\"\"b\",1970-01-01T00:00:02.000Z,2.5,4,4\r\n"));
}

TEST_CASE("parts of the time without numbers are filled as asked for", "[series]") {
    auto request = request_of();
    request.fill = rest::series_fill::null;
    const auto rows = [&] {
        const std::vector all{rest::rows_of("a", found(), request)};
        return json::parse(rest::series_document(request, all)).at("rows");
    };
    CHECK(rows() == json::parse("[[1000,null,null,0],[2000,2.5,4,4],[3000,null,null,0],"
                                "[4000,0.1,0.1,1],[5000,null,null,0]]"));
    request.fill = rest::series_fill::previous;
    CHECK(rows() == json::parse("[[1000,null,null,0],[2000,2.5,4,4],[3000,2.5,4,0],"
                                "[4000,0.1,0.1,1],[5000,0.1,0.1,0]]"));
}

TEST_CASE("few points that draw the same line keep its ends and its peaks", "[series]") {
    std::vector<mqtt::series_point> points;
    for (int i = 0; i < 1000; ++i)
        points.push_back({at(i * 100), i == 377 ? 50.0 : std::sin(i / 100.0)});
    const auto few = rest::largest_triangles(points, 50);
    REQUIRE(few.size() == 50);
    CHECK(few.front().at == points.front().at);
    CHECK(few.back().at == points.back().at);
    CHECK(std::any_of(few.begin(), few.end(), [](const auto& each) { return each.value == 50; }));
    CHECK(std::is_sorted(few.begin(), few.end(),
                         [](const auto& left, const auto& right) { return left.at < right.at; }));
    CHECK(rest::largest_triangles(points, 2).size() == 2);
    CHECK(rest::largest_triangles(points, 1000).size() == 1000);
    CHECK(rest::largest_triangles({}, 50).empty());
}

TEST_CASE("where there are too many numbers, buckets stand for them by their extremes",
          "[series]") {
    auto one = bucket(0, 4, 10, 1, 9);
    one.low_at = at(7);
    one.high_at = at(3);
    auto two = bucket(10, 1, 5, 5, 5);
    two.first_at = two.low_at = two.high_at = two.last_at = at(12);
    const auto points = rest::extremes_of(std::vector{one, two});
    std::string text;
    for (const auto& each : points)
        text += std::to_string(each.at.time_since_epoch() / 1ms) + "=" +
                std::to_string(static_cast<int>(each.value)) + " ";
    CHECK(text == "0=1 3=9 7=1 12=5 ");
}

TEST_CASE("a live series goes on in its last bucket, and begins others", "[series]") {
    const auto request = request_of();
    rest::live_series live("a", found(), request);
    live.add(*message("100", 10, 4500), request); // the series began with it
    live.add(*message("none", 11, 4500), request);
    CHECK(live.waiting() == 0);
    live.add(*message("0.3", 12, 4500), request);
    live.add(*message("7", 13, 3500), request); // its row is finished
    auto rows = live.take_rows(request);
    REQUIRE(rows.size() == 1);
    CHECK(rest::series_addition(request, "a", rows) ==
          R"({"topic":"a","rows":[[4000,0.2,0.3,2]]})");
    CHECK(live.waiting() == 0);
    live.add(*message("1", 14, 4900), request);
    live.add(*message("2", 15, 6100), request);
    rows = live.take_rows(request);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].at == 4000);
    CHECK(rows[0].numbers == 3);
    CHECK(rows[1].at == 6000);
    CHECK(rows[1].values == std::vector{2.0, 2.0});
}

TEST_CASE("a live series of points gives each of them, and not without end", "[series]") {
    const auto request = request_of(rest::series_method::lttb);
    rest::live_series live("a", {}, request);
    for (std::uint64_t id = 1; id <= rest::live_rows_max + 5; ++id)
        live.add(*message("1", id, static_cast<std::int64_t>(id)), request);
    const auto rows = live.take_rows(request);
    CHECK(rows.size() == rest::live_rows_max);
    CHECK(rows.front().at == 6);
}
