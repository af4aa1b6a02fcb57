// Who listens by HTTP: places, their limits, and what a slow reader keeps.
#include "rest/live_streams.hpp"
#include "rest/message_queue.hpp"
#include "rest/stream_options.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/rest/request_text.hpp"

#include <boost/asio/io_context.hpp>

using namespace rest;
using namespace std::chrono_literals;

namespace {

mqtt::identity named(std::string user, std::string address = "192.0.2.1:1000") {
    return {std::move(user), "http:x", std::move(address)};
}

struct places {
    boost::asio::io_context io;
    std::shared_ptr<live_streams> all = std::make_shared<live_streams>();

    std::optional<stream_place> open(const std::string& id, const mqtt::identity& who,
                                     std::size_t most = 2) {
        return all->open(id, "sse", who, io.get_executor(), most);
    }
};

mqtt::message_ptr message_of(std::string_view topic, std::string_view payload, std::uint64_t id) {
    mqtt::publication what;
    what.topic = topic;
    what.payload = payload;
    return mqtt::message::make(what, id, mqtt::wall_time());
}

std::string taken(message_queue& queue) {
    std::string seen;
    message_queue::entry next;
    while (queue.take(next))
        seen.append(next.what->topic()).append("=").append(next.what->payload()).append(" ");
    return seen;
}

checked<stream_options> options(std::string_view text) {
    const auto asked = rest_test::request_from("GET / HTTP/1.1\r\nHost: a\r\n");
    const auto query = rest::query::parse(text).value();
    return read_stream_options(asked, query);
}

} // namespace

TEST_CASE("a user has so many streams, and a place that is given back is free", "[streams]") {
    places at;
    const auto first = at.open("s-1", named("anna"));
    auto second = at.open("s-2", named("anna", "192.0.2.2:1"));
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(at.open("s-3", named("anna")));
    CHECK(at.open("s-4", named("ben")));
    CHECK(at.open("s-5", named("anna"), 0)); // any number
    CHECK(at.all->size() == 2);
    second.reset();
    CHECK(at.open("s-6", named("anna")));
    CHECK(at.all->find("s-1") != nullptr);
    CHECK(at.all->find("s-2") == nullptr);
}

TEST_CASE("without a name the address counts, of IPv6 its network", "[streams]") {
    CHECK(owner_of(named("", "192.0.2.1:1")) == owner_of(named("", "192.0.2.1:2")));
    CHECK(owner_of(named("", "192.0.2.1:1")) != owner_of(named("", "192.0.2.2:1")));
    CHECK(owner_of(named("", "[2001:db8::1]:1")) == owner_of(named("", "[2001:db8::2:1]:9")));
    CHECK(owner_of(named("", "[2001:db8::1]:1")) != owner_of(named("", "[2001:db8:0:1::1]:1")));
    CHECK(owner_of(named("192.0.2.1")) != owner_of(named("", "192.0.2.1:1")));
    auto elsewhere = named("anna");
    elsewhere.realm = 2;
    CHECK(owner_of(elsewhere) != owner_of(named("anna")));
}

TEST_CASE("a stream is shown as long as it runs, and changed at home only", "[streams]") {
    places at;
    auto place = at.open("s-1", named("anna"));
    (*place)->set_filters({"a/#"});
    (*place)->count(2, 100, 1);
    const auto row = at.all->find("s-1")->row();
    CHECK(row.filters == std::vector<std::string>{"a/#"});
    CHECK(row.messages == 2);
    CHECK(row.bytes == 100);
    CHECK(row.dropped == 1);
    CHECK(at.all->all("", 10, [](const auto&) { return true; }).size() == 1);
    CHECK(at.all->all("s-1", 10, [](const auto&) { return true; }).empty());
    const auto seen = at.all->find("s-1");
    bool asked = false;
    seen->at_home([&](stream_control* stream) { asked = stream == nullptr; });
    place.reset();
    CHECK_FALSE(asked);
    at.io.run();
    CHECK(asked);
}

TEST_CASE("a user's own quiet subscriptions are known while their streams run", "[streams]") {
    places at;
    auto place = at.open("s-1", named("anna"));
    place->hush(7);
    CHECK(at.all->hushed_for(named("anna")) == std::vector<std::uint64_t>{7});
    CHECK(at.all->hushed_for(named("ben")).empty());
    place.reset();
    CHECK(at.all->hushed_for(named("anna")).empty());
}

TEST_CASE("credentials that a stream has ended with are known again", "[streams]") {
    live_streams all;
    CHECK_FALSE(all.has_expired("Bearer a"));
    all.note_expired("Bearer a");
    CHECK(all.has_expired("Bearer a"));
    CHECK_FALSE(all.has_expired("Bearer b"));
    CHECK_FALSE(all.has_expired(""));
}

TEST_CASE("a paced queue keeps the newest of each topic, and gives it when it is due",
          "[message-queue]") {
    queue_room room(100, 1'000'000);
    message_queue queue(room, {overflow::coalesce, 500ms}, [] {});
    const mqtt::steady_time start{10s};
    CHECK_FALSE(queue.is_due(start));
    queue.on_message(message_of("a", "1", 1), mqtt::qos::at_most_once, false);
    CHECK(queue.is_due(start)); // the first at once
    CHECK(taken(queue) == "a=1 ");
    queue.rest(start);
    for (std::uint64_t id = 2; id < 6; ++id)
        queue.on_message(message_of(id % 2 == 0 ? "a" : "b", std::to_string(id), id),
                         mqtt::qos::at_most_once, false);
    CHECK_FALSE(queue.is_due(start + 499ms));
    CHECK(queue.due_at() == start + 500ms);
    CHECK(queue.is_due(start + 500ms));
    CHECK(taken(queue) == "a=4 b=5 ");
    CHECK(queue.take_dropped() == 0); // nothing that was not asked for
    CHECK(room.messages == 0);
    CHECK(room.bytes == 0);
}

TEST_CASE("what a full queue does is the reader's choice", "[message-queue]") {
    for (const auto& [rule, left, dropped] : {std::tuple{overflow::coalesce, "a=3 b=4 ", 2U},
                                              std::tuple{overflow::drop_oldest, "b=2 a=3 b=4 ", 1U},
                                              std::tuple{overflow::close, "a=1 b=2 a=3 ", 0U}}) {
        queue_room room(3, 1'000'000);
        message_queue queue(room, {rule, 0ms}, [] {});
        for (std::uint64_t id = 1; id < 5; ++id)
            queue.on_message(message_of(id % 2 == 0 ? "b" : "a", std::to_string(id), id),
                             mqtt::qos::at_most_once, false);
        CHECK(queue.has_overflown() == (rule == overflow::close));
        CHECK(taken(queue) == left);
        CHECK(queue.take_dropped() == dropped);
    }
}

TEST_CASE("queues of one reader share their room, and the fullest gives", "[message-queue]") {
    queue_room room(4, 1'000'000);
    message_queue many(room, {overflow::drop_oldest, 0ms}, [] {});
    message_queue few(room, {overflow::drop_oldest, 0ms}, [] {});
    for (std::uint64_t id = 1; id < 5; ++id)
        many.on_message(message_of("m", std::to_string(id), id), mqtt::qos::at_most_once, false);
    few.on_message(message_of("f", "5", 5), mqtt::qos::at_most_once, false);
    CHECK(room.messages == 4);
    CHECK(taken(few) == "f=5 ");
    CHECK(taken(many) == "m=2 m=3 m=4 ");
    CHECK(many.take_dropped() == 1);
    CHECK(few.take_dropped() == 0);
    {
        message_queue short_lived(room, {}, [] {});
        short_lived.on_message(message_of("s", "6", 6), mqtt::qos::at_most_once, false);
        CHECK(room.messages == 1);
    }
    CHECK(room.messages == 0);
    CHECK(room.bytes == 0);
}

TEST_CASE("a snapshot that comes while messages wait is told behind them, and once",
          "[message-queue]") {
    queue_room room(10, 1'000'000);
    message_queue queue(room, {}, [] {});
    const auto waiting = message_of("a", "1", 1);
    queue.on_message(waiting, mqtt::qos::at_most_once, false);
    queue.begin_backlog();
    queue.on_message(waiting, mqtt::qos::at_most_once, true);
    queue.on_message(message_of("b", "2", 2), mqtt::qos::at_most_once, true);
    queue.end_backlog();
    CHECK(taken(queue) == "a=1 b=2 ");
    queue.begin_backlog();
    queue.on_message(message_of("c", "3", 3), mqtt::qos::at_most_once, true);
    queue.end_backlog();
    CHECK(queue.backlog_size() == 1);
}

TEST_CASE("the options of a stream have their bounds", "[stream-options]") {
    const auto made = options("every=500ms&overflow=close&until_idle=2&fields=topic,payload&"
                              "retained=new&no_local");
    REQUIRE(made.has_value());
    CHECK(made->queue.every == 500ms);
    CHECK(made->queue.when_full == overflow::close);
    CHECK(made->until_idle == 2000ms);
    CHECK(made->format.fields == 0x0C);
    CHECK(made->retained == retained_choice::fresh);
    CHECK(made->no_local);
    CHECK(options("")->queue.when_full == overflow::coalesce);
    CHECK(options("")->format.fields == whole_envelope);
    for (const auto* text : {"every=9ms", "every=25h", "every=fast", "every=", "overflow=drop",
                             "until_idle=0", "until_idle=-1", "fields=", "fields=topic,body",
                             "fields=topic&as=raw", "retained=some", "no_local=maybe"}) {
        INFO(text);
        CHECK_FALSE(options(text).has_value());
    }
}
