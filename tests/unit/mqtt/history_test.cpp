// Which messages history keeps, for how long, and how they are found again.
#include "mqtt/store/history_reader.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/history_fixture.hpp"

#include <deque>
#include <filesystem>

namespace {

using namespace history_test;
using namespace std::chrono_literals;
using ids = std::vector<std::uint64_t>;

mqtt::history_query all_of(std::vector<std::string> topics) {
    mqtt::history_query what;
    what.topics = std::move(topics);
    return what;
}

} // namespace

TEST_CASE("the first history line that matches a topic counts", "[history]") {
    const std::vector<mqtt::history_rule> rules{{"home/+/temp", 1h, 10}, {"home/#", 2h, 20}};
    CHECK(mqtt::rule_for(rules, "home/kitchen/temp") == &rules[0]);
    CHECK(mqtt::rule_for(rules, "home/kitchen") == &rules[1]);
    CHECK(mqtt::rule_for(rules, "garden") == nullptr);
}

TEST_CASE("a filter is covered when one line selects all that it selects", "[history]") {
    const std::vector<mqtt::history_rule> rules{{"home/#", 1h, 1}, {"a/+/c", 1h, 1}};
    for (const auto* filter : {"home", "home/#", "home/+", "home/a/+/b", "a/b/c", "a/+/c"})
        CHECK(mqtt::is_covered(rules, filter));
    for (const auto* filter : {"#", "+", "+/#", "homes", "a/#", "a/+/+", "a/b", "$SYS/#"})
        CHECK_FALSE(mqtt::is_covered(rules, filter));
    const std::vector<mqtt::history_rule> wide{{"#", 1h, 1}};
    CHECK(mqtt::is_covered(wide, "+/a"));
    CHECK_FALSE(mqtt::is_covered(wide, "$SYS/broker"));
}

TEST_CASE("messages of several topics come in the order of their ids", "[history]") {
    kept_history kept({{"a/#", 1h, 100}});
    for (std::uint64_t id = 1; id <= 9; ++id)
        kept.add("a/" + std::to_string(id % 3), "x", id, static_cast<std::int64_t>(1000 * id));
    kept.add("b", "not kept", 10, 10'000);
    auto what = all_of({"a/0", "a/1", "a/2", "b"});
    CHECK(kept.ids(what) == ids{1, 2, 3, 4, 5, 6, 7, 8, 9});
    what.limit = 4;
    CHECK(kept.ids(what) == ids{1, 2, 3, 4});
    CHECK(kept.page(what).truncated);
    what.newest_first = true;
    CHECK(kept.ids(what) == ids{9, 8, 7, 6});
    what.before = 6;
    CHECK(kept.ids(what) == ids{5, 4, 3, 2});
    what.before = 3;
    CHECK(kept.ids(what) == ids{2, 1});
    CHECK_FALSE(kept.page(what).truncated);
    what = all_of({"a/0", "a/2"});
    what.after = 3;
    CHECK(kept.ids(what) == ids{5, 6, 8, 9});
    what.since = at(6000);
    what.until = at(9000);
    CHECK(kept.ids(what) == ids{6, 8});
}

TEST_CASE("a message comes back as it was", "[history]") {
    kept_history kept(everything());
    mqtt::publication what;
    what.topic = "a";
    what.payload = std::string_view("\0\xFF", 2);
    what.properties = std::string_view("\x01\x01", 2);
    what.qos = mqtt::qos::exactly_once;
    what.retain = true;
    mqtt::transaction all(kept.in());
    kept.table().add(*mqtt::message::make(what, 7, at(1234)), at(2234));
    kept.table().before_commit();
    all.commit();
    const mqtt::moment now{mqtt::steady_time(50s), at(1734)};
    const auto page = mqtt::history_search(kept.in()).find_messages(all_of({"a"}), now).value();
    REQUIRE(page.messages.size() == 1);
    const auto& found = *page.messages.front();
    CHECK(found.topic() == what.topic);
    CHECK(found.payload() == what.payload);
    CHECK(found.properties() == what.properties);
    CHECK(found.qos() == what.qos);
    CHECK(found.retain());
    CHECK(found.id() == 7);
    CHECK(found.arrived() == at(1234));
    CHECK(found.expires_at() == mqtt::steady_time(50s + 500ms));
}

TEST_CASE("a time leads to its messages, whatever the number of blocks before it", "[history]") {
    kept_history kept(everything());
    mqtt::transaction all(kept.in());
    constexpr std::uint64_t count = 20'000;
    for (std::uint64_t id = 1; id <= count; ++id)
        kept.table().add(*message("a", "1", id, static_cast<std::int64_t>(id) * 60'000));
    kept.table().before_commit();
    all.commit();
    for (const std::uint64_t id : {1U, 32U, 33U, 512U, 9'999U, 16'384U, 16'385U, 20'000U}) {
        auto what = all_of({"a"});
        what.since = at(static_cast<std::int64_t>(id) * 60'000);
        what.limit = 2;
        CHECK(kept.ids(what).front() == id);
        what.until = *what.since + 1ms;
        CHECK(kept.ids(what) == ids{id});
        what.since.reset();
        what.newest_first = true;
        CHECK(kept.ids(what).front() == id);
    }
}

TEST_CASE("topics are found by filters, in their order and once", "[history]") {
    kept_history kept(everything());
    std::uint64_t id = 0;
    for (const auto* topic : {"home", "home/b", "home/a", "homes", "home/a/x", "z"})
        kept.add(topic, "12", ++id, 1000);
    const auto found = kept.topics({"home/#", "+/a", "home"});
    std::string names;
    for (const auto& each : found.topics)
        names += each.topic + " ";
    CHECK(names == "home home/a home/a/x home/b ");
    CHECK_FALSE(found.truncated);
    CHECK(found.topics[1].messages == 1);
    CHECK(found.topics[1].bytes == 2);
    CHECK(found.topics[1].newest == 3);
    mqtt::history_search search(kept.in());
    const auto part = search.find_topics({{"#"}, "home", 2});
    CHECK(part.truncated);
    CHECK(part.topics.front().topic == "home/a");
}

TEST_CASE("what is older than its line says is deleted", "[history]") {
    kept_history kept({{"short", 10s, 100}, {"#", 100s, 100}});
    for (std::uint64_t id = 1; id <= 80; ++id)
        kept.add(id % 2 == 0 ? "short" : "long", "1", id, static_cast<std::int64_t>(id) * 1000);
    kept.trim(80'000);
    CHECK(kept.ids(all_of({"short"})) == ids{70, 72, 74, 76, 78, 80});
    CHECK(kept.ids(all_of({"long"})).size() == 40);
    CHECK(kept.topics({"short"}).topics.front().trimmed_to == 68);
    CHECK(kept.topics({"short"}).topics.front().messages == 6);
    kept.trim(200'000);
    CHECK(kept.topics({"#"}).topics.empty());
    CHECK(kept.topics({"#"}).forgotten_to == 80);
    CHECK(kept.in().number("SELECT count(*) FROM history_block") == 0);
    CHECK(kept.in().number("SELECT count(*) FROM history_field") == 0);
}

TEST_CASE("of a line's topics together the newest messages stay", "[history]") {
    kept_history kept({{"a/#", 1000h, 10}, {"#", 1000h, 5}});
    for (std::uint64_t id = 1; id <= 40; ++id)
        kept.add(id % 4 == 0 ? "b" : "a/" + std::to_string(id % 3), "1", id, 1000);
    kept.trim(2000);
    CHECK(kept.ids(all_of({"a/0", "a/1", "a/2"})) == ids{27, 29, 30, 31, 33, 34, 35, 37, 38, 39});
    CHECK(kept.ids(all_of({"b"})) == ids{24, 28, 32, 36, 40});
}

TEST_CASE("what no line speaks of any more is deleted, and an earlier id is no place to go on from",
          "[history]") {
    kept_history kept(everything());
    kept.add("a", "1", 41, 1000);
    kept.add("b", "1", 42, 1000);
    kept.in().run("INSERT INTO meta VALUES('next_id', 43)");
    kept.open({{"b", 1000h, 10}});
    kept.add("a", "1", 43, 1000);
    kept.trim(2000);
    CHECK(kept.ids(all_of({"a", "b"})) == ids{42});
    CHECK(kept.topics({"b"}).forgotten_to == 42);
    kept.in().run("UPDATE meta SET value=60 WHERE name='next_id'");
    kept.open({{"b", 1h, 5}}); // the same topics
    CHECK(kept.topics({"b"}).forgotten_to == 42);
}

TEST_CASE("what was rolled back has not been", "[history]") {
    kept_history kept(everything());
    for (std::uint64_t id = 1; id <= 31; ++id)
        kept.add("a", "1", id, 1000);
    {
        mqtt::transaction lost(kept.in());
        for (std::uint64_t id = 32; id <= 40; ++id)
            kept.table().add(*message("a", "1", id, 1000));
        kept.table().add(*message("new", "1", 41, 1000));
        kept.table().before_commit();
    }
    kept.table().forget_uncommitted();
    CHECK(kept.table().topics() == 1);
    for (std::uint64_t id = 50; id <= 60; ++id)
        kept.add("a", "1", id, 2000);
    CHECK(kept.topics({"a"}).topics.front().messages == 42);
    const auto found = kept.series({"a", "", at(0), at(10'000), 1000ms});
    CHECK(found.numbers == 42);
    CHECK(kept.in().number("SELECT count(*) FROM history_block") == 1);
}

TEST_CASE("history asked by another thread is answered once, by way of the executor", "[history]") {
    const auto path =
        std::filesystem::temp_directory_path() / ("history-" + std::to_string(::getpid()) + ".db");
    std::filesystem::remove(path);
    {
        mqtt::database in(path, mqtt::database::how::create);
        mqtt::prepare_schema(in);
        mqtt::history_table table(in, everything());
        mqtt::transaction all(in);
        table.add(*message("a", "1", 5, 1000));
        table.before_commit();
        all.commit();
    }
    std::function<void()> written;
    mqtt::history_reader reader(
        path, everything(), [&](auto then) { written = then; }, false);
    std::deque<std::function<void()>> posted;
    const auto back = [&](std::function<void()> work) { posted.push_back(std::move(work)); };
    std::vector<mqtt::reason> said;
    auto what = all_of({"a"});
    what.fresh = true;
    reader.find_messages(what, back, [&](mqtt::result<mqtt::history_page> page) {
        said.push_back(page ? mqtt::reason::success : page.error());
        CHECK(page->messages.size() == 1);
    });
    CHECK_FALSE(reader.answer_next()); // it waits for what is being written
    written();
    CHECK(reader.answer_next());
    CHECK(said.empty());
    posted.front()();
    CHECK(said == std::vector{mqtt::reason::success});
    posted.clear();
    what.fresh = false;
    for (std::size_t i = 0; i <= mqtt::history_queries_max; ++i)
        reader.find_messages(what, back, [&](mqtt::result<mqtt::history_page> page) {
            said.push_back(page ? mqtt::reason::success : page.error());
        });
    REQUIRE(posted.size() == 1); // one too many
    posted.front()();
    CHECK(said.back() == mqtt::reason::server_busy);
    posted.clear();
    reader.close();
    CHECK(posted.size() == mqtt::history_queries_max);
    posted.front()();
    CHECK(said.back() == mqtt::reason::server_shutting_down);
    std::filesystem::remove(path);
}
