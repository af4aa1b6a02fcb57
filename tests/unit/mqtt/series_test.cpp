// Series: what buckets of time add up to, whether blocks or messages are read for it.
#include "mqtt/store/payload_numbers.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/history_fixture.hpp"

#include <algorithm>
#include <map>
#include <random>

namespace {

using namespace history_test;
using namespace std::chrono_literals;

struct sample {
    std::uint64_t id;
    std::int64_t at;
    std::optional<double> value;
};

// The same by adding up one message after the other.
std::vector<mqtt::series_bucket> slow_buckets(std::vector<sample> samples,
                                              const mqtt::series_query& what) {
    std::sort(samples.begin(), samples.end(),
              [](const auto& left, const auto& right) { return left.id < right.id; });
    std::map<std::int64_t, mqtt::series_bucket> buckets;
    for (const auto& each : samples) {
        if (!each.value || at(each.at) < what.since || at(each.at) >= what.until)
            continue;
        const auto step = what.step.count();
        const auto begin = each.at / step * step;
        auto [place, fresh] = buckets.try_emplace(begin);
        auto& bucket = place->second;
        if (fresh)
            bucket = {at(begin), 0, 0, *each.value, *each.value, *each.value, 0, {}, {}, {}, {}};
        ++bucket.numbers;
        bucket.total += *each.value;
        bucket.low = std::min(bucket.low, *each.value);
        bucket.high = std::max(bucket.high, *each.value);
        bucket.last = *each.value;
    }
    std::vector<mqtt::series_bucket> list;
    for (const auto& [begin, bucket] : buckets)
        list.push_back(bucket);
    return list;
}

void check_same(const std::vector<mqtt::series_bucket>& found,
                const std::vector<mqtt::series_bucket>& expected) {
    REQUIRE(found.size() == expected.size());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < found.size(); ++i)
        wrong += found[i].at == expected[i].at && found[i].numbers == expected[i].numbers &&
                         found[i].total == expected[i].total && found[i].low == expected[i].low &&
                         found[i].high == expected[i].high && found[i].first == expected[i].first &&
                         found[i].last == expected[i].last
                     ? 0
                     : 1;
    CHECK(wrong == 0);
}

} // namespace

TEST_CASE("a payload is a number, or has some at JSON Pointers", "[series]") {
    const auto show = [](std::string_view payload) {
        std::string text;
        for (const auto& each : mqtt::numbers_of(payload))
            text += each.name + "=" + std::to_string(static_cast<int>(each.value)) + " ";
        return text;
    };
    CHECK(show("21.5") == "=21 ");
    CHECK(show(" +2e1\n") == "=20 ");
    for (const auto* payload : {"", "ON", "12 V", "nan", "inf", "1e999", "0x10", "true", "--1"})
        CHECK(show(payload) == "");
    CHECK(show(R"({"a":1,"b":{"c":[2,{"d":3}],"e":"4"},"f/~":5,"g":null})") ==
          "/a=1 /b/c/0=2 /b/c/1/d=3 /f~1~0=5 ");
    CHECK(show(R"({"a":{"b":{"c":{"d":1,"e":{"f":2}}}}})") == "/a/b/c/d=1 ");
    CHECK(show(R"([[1],true,2])") == "/0/0=1 /2=2 ");
    CHECK(show(R"({"a":1,"a":2})") == "/a=2 ");
    CHECK(show(R"({"a":1}x)") == "");
    CHECK(show(R"({"a":1)") == "");
    CHECK(show("[" + std::string(100, '1') + "]") == show("[1e99]"));
    CHECK(show("{\"" + std::string(300, 'a') + "\":{\"b\":1},\"c\":2}") == "/c=2 ");
    CHECK(show("{\"a\":1," + std::string(mqtt::numbers_payload_bytes_max, ' ') + "\"b\":2}") == "");
    CHECK(mqtt::number_at(R"({"a":{"b":7}})", "/a/b") == 7);
    CHECK_FALSE(mqtt::number_at(R"({"a":{"b":7}})", "/a"));
    CHECK_FALSE(mqtt::number_at("7", "/a"));
    CHECK_FALSE(mqtt::number_at("[7]", ""));
    CHECK(mqtt::number_at("7", "") == 7);
}

TEST_CASE("a field is named by a JSON Pointer", "[series]") {
    for (const auto* name : {"", "/", "/a", "/a/b/c/d", "/a~0~1"})
        CHECK(mqtt::is_number_name(name));
    for (const auto* name : {"a", "a/b", "/a/b/c/d/e", "/a~", "/a~2"})
        CHECK_FALSE(mqtt::is_number_name(name));
}

namespace {

// Messages of one topic with pauses, without numbers now and then, some of them handed over late.
std::vector<sample> random_messages(kept_history& kept, std::uint64_t count, bool as_json) {
    std::minstd_rand random(42); // NOLINT: the same every time
    std::vector<sample> samples;
    std::vector<sample> late;
    std::int64_t time = 1'000'000;
    const auto add = [&](const sample& what) {
        const auto number = std::to_string(static_cast<int>(what.value.value_or(0)));
        const auto payload = !what.value ? "none" : as_json ? "{\"v\":" + number + "}" : number;
        kept.table().add(*message("a", payload, what.id, what.at));
        samples.push_back(what);
    };
    mqtt::transaction all(kept.in());
    for (std::uint64_t id = 1; id <= count; ++id) {
        time += random() % 100 == 0 ? 50'000 : random() % 200;
        sample each{id, time - static_cast<std::int64_t>(random() % 50), random() % 1000};
        if (random() % 10 == 0)
            each.value.reset();
        if (random() % 20 == 0)
            late.push_back(each);
        else
            add(each);
        if (late.size() == 5) {
            std::for_each(late.begin(), late.end(), add);
            late.clear();
        }
    }
    std::for_each(late.begin(), late.end(), add);
    kept.table().before_commit();
    all.commit();
    return samples;
}

void compare_at_random(kept_history& kept, std::vector<sample> samples, const std::string& field) {
    std::minstd_rand random(7); // NOLINT
    const auto trimmed_to = kept.topics({"a"}).topics.front().trimmed_to;
    std::erase_if(samples, [&](const auto& each) { return each.id <= trimmed_to; });
    for (int round = 0; round < 60; ++round) {
        mqtt::series_query what{"a", field, {}, {}, {}};
        what.since = at(static_cast<std::int64_t>(900'000 + random() % 2'000'000));
        what.until = what.since + std::chrono::milliseconds(1 + random() % 4'000'000);
        what.step = std::chrono::milliseconds(500 + random() % 400'000);
        const auto found = kept.series(what);
        check_same(found.buckets, slow_buckets(samples, what));
        const auto messages =
            std::count_if(samples.begin(), samples.end(), [&](const sample& each) {
                return at(each.at) >= what.since && at(each.at) < what.until;
            });
        CHECK(found.messages == static_cast<std::uint64_t>(messages));
        CHECK_FALSE(found.truncated);
    }
}

} // namespace

TEST_CASE("blocks and messages together give what messages alone give", "[series]") {
    const bool as_json = GENERATE(false, true);
    kept_history kept(everything(6'500));
    const auto samples = random_messages(kept, 9'000, as_json);
    CHECK(kept.in().number("SELECT max(level) FROM history_block") == 2);
    const std::string field = as_json ? "/v" : "";
    compare_at_random(kept, samples, field);
    kept.trim(0); // now the oldest blocks count messages that are gone
    CHECK(kept.topics({"a"}).topics.front().messages == 6'500);
    compare_at_random(kept, samples, field);
}

TEST_CASE("a series reads few messages where there are many", "[series]") {
    kept_history kept(everything());
    mqtt::transaction all(kept.in());
    for (std::uint64_t id = 1; id <= 140'000; ++id)
        kept.table().add(*message("a", "1", id, static_cast<std::int64_t>(id) * 1000));
    kept.table().before_commit();
    all.commit();
    CHECK(kept.in().number("SELECT max(level) FROM history_block") == 3);
    kept.in().run("DELETE FROM history_message WHERE id % 32 = 0 AND id < 139000"); // unseen
    const auto found = kept.series({"a", "", at(0), at(1'000'000'000), 1'000'000'000ms});
    REQUIRE(found.buckets.size() == 1);
    CHECK(found.numbers == 140'000);
    CHECK(found.messages == 140'000);
}

TEST_CASE("a topic has 16 fields, and others are read from the messages", "[series]") {
    kept_history kept(everything());
    std::string payload = "{\"a\":{";
    for (int i = 10; i < 40; ++i)
        payload += (i > 10 ? ",\"" : "\"") + std::to_string(i) + "\":" + std::to_string(i);
    payload += "}}";
    for (std::uint64_t id = 1; id <= 40; ++id)
        kept.add("a", payload, id, static_cast<std::int64_t>(id));
    CHECK(kept.in().number("SELECT count(*) FROM history_field") == 17);
    for (const auto* field : {"/a/10", "/a/39"}) {
        const auto found = kept.series({"a", field, at(0), at(1000), 1000ms});
        REQUIRE(found.buckets.size() == 1);
        CHECK(found.numbers == 40);
        CHECK(found.messages == 40);
    }
    CHECK(kept.series({"a", "/b", at(0), at(1000), 1000ms}).numbers == 0);
    CHECK(kept.series({"a", "/b", at(0), at(1000), 1000ms}).messages == 40);
    CHECK(kept.series({"b", "", at(0), at(1000), 1000ms}).messages == 0);
}

TEST_CASE("the numbers themselves come where they are few", "[series]") {
    kept_history kept(everything());
    for (std::uint64_t id = 1; id <= 100; ++id)
        kept.add("a", std::to_string(id), id, static_cast<std::int64_t>(id));
    mqtt::series_query what{"a", "", at(10), at(60), 1000ms, 50};
    const auto found = kept.series(what);
    REQUIRE(found.points.size() == 50);
    CHECK(found.points.front().value == 10);
    CHECK(found.points.back().at == at(59));
    CHECK(found.messages == 50);
    what.points_max = 49;
    CHECK(kept.series(what).points.empty());
}

TEST_CASE("a series has a bounded number of buckets", "[series]") {
    mqtt::series_query what{"a", "", at(0), at(10'000), 1ms};
    CHECK(mqtt::bucket_count(what) == 10'000);
    what.until = at(10'002);
    CHECK(mqtt::bucket_count(what) == 10'002);
    what.until = at(10'003);
    CHECK(mqtt::bucket_count(what) == 0);
    what.until = at(0);
    CHECK(mqtt::bucket_count(what) == 0);
    what = {"a", "", at(999), at(1001), 1000ms};
    CHECK(mqtt::bucket_count(what) == 2);
    what.step = 0ms;
    CHECK(mqtt::bucket_count(what) == 0);
}
