// How the messages of a webhook are delivered: in which order, how often, in which form, and what
// happens when nobody takes them.
#include "mqtt/broker/local_client.hpp"
#include "mqtt/broker/marked_message.hpp"
#include "mqtt/codec/properties.hpp"
#include "rest/webhooks/call_body.hpp"
#include "rest/webhooks/runner.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

using namespace rest::webhooks;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

mqtt::message_ptr message_of(std::string_view topic, std::string_view payload, std::uint64_t id,
                             const mqtt::publish_properties& props = {}) {
    const auto properties = mqtt::forwarded_properties(props);
    mqtt::publication what;
    what.topic = topic;
    what.payload = payload;
    what.properties = properties;
    what.qos = mqtt::qos::at_least_once;
    return mqtt::message::make(what, id,
                               mqtt::wall_time(std::chrono::milliseconds(1'795'361'445'123)));
}

queued_message queued(std::string_view topic, std::uint64_t id) {
    return {message_of(topic, "p" + std::to_string(id), id)};
}

definition terms_of(const json& more = json::object()) {
    json body{{"url", "https://example.org/hook?key=1"}, {"filters", {"#"}}};
    body.update(more);
    return std::move(*parse_definition("night", body.dump(), nullptr));
}

call_outcome status(unsigned number) {
    return {.status = number};
}
call_outcome no_answer() {
    return {.error = "Connection refused"};
}

// A runner, and a world that only remembers what it was asked for.
class fixture : public surroundings {
public:
    explicit fixture(const json& more = json::object()) : work(terms_of(more), *this) {
        work.advance(at);
    }

    void take(std::size_t max) override { wanted = max; }
    void finish(std::vector<std::uint64_t> ids, std::vector<outgoing> first) override {
        done.insert(done.end(), ids.begin(), ids.end());
        for (auto& each : first)
            published.push_back(std::move(each));
    }
    void call(const definition&, const delivery& what) override {
        numbers.push_back(what.number);
        std::string text;
        for (const auto& each : what.messages)
            text += (text.empty() ? "" : "+") + std::string(each.what->payload());
        calls.push_back(text);
    }
    void disable() override { disabled = true; }
    void tell(const std::string& line) override { lines.push_back(line); }
    void tell_failure(const std::string& delivery_id, const std::string& error) override {
        failures.push_back(delivery_id + " " + error);
    }
    double dice() override { return 0; }

    void come(std::vector<queued_message> messages) { work.came(std::move(messages), at); }
    // The call that was made as the nth.
    void answer(std::size_t nth, const call_outcome& outcome) {
        work.answered(numbers.at(nth), outcome, at);
    }
    void pass(std::chrono::milliseconds time) {
        at.steady += time;
        at.wall += time;
        work.advance(at);
    }

    moment at{mqtt::steady_time(1'000h), mqtt::wall_time(500'000h)};
    std::size_t wanted = 0;
    std::vector<std::uint64_t> done;
    std::vector<outgoing> published;
    std::vector<std::uint64_t> numbers;
    std::vector<std::string> calls;
    std::vector<std::string> lines;
    std::vector<std::string> failures;
    bool disabled = false;
    runner work;
};

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("messages of a topic go one after the other, and topics side by side", "[webhook]") {
    fixture world;
    CHECK(world.wanted == take_max);
    world.come({queued("a", 1), queued("a", 2), queued("b", 3), queued("c", 4)});
    CHECK(world.calls == texts{"p1", "p3", "p4"});
    world.answer(0, status(204));
    CHECK(world.done == std::vector<std::uint64_t>{1});
    CHECK(world.calls.back() == "p2");
    CHECK(world.work.counts().delivered == 1);
}

TEST_CASE("no more calls are under way than the webhook says", "[webhook]") {
    fixture world(json{{"max_inflight", 2}});
    world.come({queued("a", 1), queued("b", 2), queued("c", 3)});
    CHECK(world.calls == texts{"p1", "p2"});
    CHECK(world.work.next_due() == mqtt::never);
    world.answer(1, status(200));
    CHECK(world.calls.back() == "p3");
}

TEST_CASE("order all: one call at a time, in the order of the messages", "[webhook]") {
    fixture world(json{{"order", "all"}});
    world.come({queued("a", 1), queued("b", 2)});
    CHECK(world.calls == texts{"p1"});
    world.answer(0, no_answer());
    world.answer(1, status(200)); // the first retry comes at once
    CHECK(world.calls == texts{"p1", "p1", "p2"});
}

TEST_CASE("order none: nothing waits for anything", "[webhook]") {
    fixture world(json{{"order", "none"}});
    world.come({queued("a", 1), queued("a", 2), queued("a", 3)});
    CHECK(world.calls == texts{"p1", "p2", "p3"});
}

TEST_CASE("a topic that is stuck holds up no other, and its own messages wait", "[webhook]") {
    fixture world;
    world.come({queued("a", 1), queued("a", 2)});
    world.answer(0, status(503));
    world.answer(1, status(503));
    world.come({queued("b", 3)});
    CHECK(world.calls == texts{"p1", "p1", "p3"});
    world.pass(5s);
    CHECK(world.calls.back() == "p1");
    world.answer(3, status(200));
    CHECK(world.calls.back() == "p2");
}

TEST_CASE("a batch goes when it is full, or when it has lingered", "[webhook]") {
    fixture world(json{{"batch", {{"max", 3}, {"linger_ms", 200}}}});
    world.come({queued("a", 1), queued("b", 2)});
    CHECK(world.calls.empty());
    CHECK(world.work.next_due() == world.at.steady + 200ms);
    world.come({queued("a", 3), queued("a", 4)});
    CHECK(world.calls == texts{"p1+p3+p4"});
    world.pass(200ms);
    CHECK(world.calls.back() == "p2");
    world.answer(0, status(200));
    CHECK(world.done == std::vector<std::uint64_t>{1, 3, 4});
}

TEST_CASE("what expires while it waits is not called, and is done", "[webhook]") {
    fixture world(json{{"max_inflight", 1}});
    auto brief = queued("b", 2);
    auto view = brief.what->view();
    view.expires_at = world.at.steady + 10s;
    brief.what = mqtt::message::make(view, 2, world.at.wall);
    world.come({queued("a", 1), brief, queued("b", 3)});
    world.pass(10s);
    world.answer(0, status(200));
    CHECK(world.calls == texts{"p1", "p3"});
    CHECK(world.done == std::vector<std::uint64_t>{1, 2});
    CHECK(world.work.queue().size() == 1);
}

TEST_CASE("the id of a delivery is that of its messages, also in another run", "[webhook]") {
    CHECK(delivery_id({queued("a", 7)}) == mqtt::public_id(7));
    const auto three = delivery_id({queued("a", 7), queued("a", 8), queued("b", 9)});
    CHECK(three == delivery_id({queued("x", 7), queued("x", 8), queued("x", 9)}));
    CHECK(three != delivery_id({queued("a", 7), queued("a", 6), queued("b", 9)}));
    CHECK(three.starts_with(mqtt::public_id(7) + "-b3-"));
}

TEST_CASE("a call that fails is tried again after longer and longer pauses", "[webhook]") {
    const auto wait = [](unsigned tries, double jitter = 0) {
        const auto said = judge(no_answer(), tries, 0ms, jitter);
        REQUIRE(said.what == fate::again);
        return said.wait;
    };
    CHECK(wait(1) == 0s);
    CHECK(wait(2) == 5s);
    CHECK(wait(3) == 30s);
    CHECK(wait(4) == 5min);
    CHECK(wait(5) == 30min);
    CHECK(wait(6) == 2h);
    CHECK(wait(7) == 6h);
    CHECK(wait(50) == 6h);
    CHECK(wait(2, 1) == 6s);
    CHECK(wait(2, -1) == 4s);
    CHECK(judge(no_answer(), 9, 65h, 0).what == fate::again);
    CHECK(judge(no_answer(), 9, 67h, 0).what == fate::given_up);
}

TEST_CASE("what the endpoint says decides how it goes on", "[webhook]") {
    CHECK(judge(status(200), 1, 0ms, 0).what == fate::delivered);
    CHECK(judge(status(299), 1, 0ms, 0).what == fate::delivered);
    CHECK(judge(status(410), 1, 0ms, 0).what == fate::disabled);
    CHECK(judge(status(302), 1, 0ms, 0).what == fate::again);
    CHECK(judge(status(302), 3, 0ms, 0).what == fate::given_up);
    CHECK(judge(status(400), 2, 0ms, 0).what == fate::again);
    CHECK(judge(status(400), 3, 0ms, 0).what == fate::given_up);
    CHECK(judge(status(500), 3, 0ms, 0).what == fate::again);
    auto busy = status(429);
    busy.retry_after = 90s;
    CHECK(judge(busy, 1, 0ms, 0).wait == 90s);
    busy.status = 503;
    CHECK(judge(busy, 1, 0ms, 0).wait == 90s);
    CHECK(judge(busy, 5, 0ms, 0).wait == 30min); // the longer of the two
    busy.retry_after = 1'000h;
    CHECK(judge(busy, 1, 0ms, 0).wait == 6h);
    busy.status = 500;
    CHECK(judge(busy, 1, 0ms, 0).wait == 0s);
}

TEST_CASE("Retry-After is a number of seconds or a date", "[webhook]") {
    const mqtt::wall_time now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + 15h};
    CHECK(parse_retry_after("120", now) == 120s);
    CHECK(parse_retry_after("Sun, 22 Nov 2026 15:00:30 GMT", now) == 30s);
    CHECK(parse_retry_after("Sun, 22 Nov 2026 14:00:30 GMT", now) == 0s);
    CHECK(parse_retry_after("99999999999", now) == 6h);
    for (const auto* bad : {"", "soon", "-1", "Sun, 22 Nov 2026"})
        CHECK_FALSE(parse_retry_after(bad, now));
}

TEST_CASE("what is given up goes to the dead letter, and is done", "[webhook]") {
    fixture world;
    world.come({queued("a", 1), queued("a", 2)});
    world.answer(0, status(404));
    world.answer(1, status(404)); // the first retry came at once
    world.pass(5s);
    world.answer(2, status(404));
    world.answer(2, status(404)); // it is over, and nothing comes of it
    REQUIRE(world.published.size() == 1);
    const auto& letter = world.published[0];
    CHECK(letter.topic == "dead/night");
    CHECK(world.failures.size() == 1);
    CHECK(letter.payload == "p1");
    std::map<std::string, std::string> user(letter.properties.user.begin(),
                                            letter.properties.user.end());
    CHECK(user["error"] == "HTTP 404");
    CHECK(user["attempts"] == "3");
    CHECK(user["url"] == "https://example.org/hook"); // what may be a secret is not told
    CHECK(user["topic"] == "a");
    CHECK(world.done == std::vector<std::uint64_t>{1});
    CHECK(world.calls.back() == "p2");
    CHECK(world.work.log().failed().size() == 1);
}

TEST_CASE("a failed delivery can be tried again, and is not owed any more", "[webhook]") {
    fixture world(json{{"order", "all"}});
    world.come({queued("a", 1)});
    world.answer(0, status(404));
    world.answer(1, status(404));
    world.pass(5s);
    world.answer(2, status(404));
    CHECK(world.work.counts().failed == 1);
    CHECK_FALSE(world.work.retry("none", world.at));
    REQUIRE(world.work.retry(mqtt::public_id(1), world.at));
    CHECK(world.calls.size() == 4);
    world.answer(3, status(200));
    CHECK(world.done == std::vector<std::uint64_t>{1}); // once
    CHECK(world.work.extras() == 0);
    CHECK(world.work.log().failed().empty());
    CHECK(world.work.log().delivered().size() == 1);
}

TEST_CASE("a delivery that waits goes out at once when somebody asks", "[webhook]") {
    fixture world;
    world.come({queued("a", 1)});
    world.answer(0, no_answer());
    world.answer(1, no_answer());
    CHECK(world.calls.size() == 2);
    CHECK(world.work.retry(mqtt::public_id(1), world.at));
    CHECK(world.calls.size() == 3);
}

TEST_CASE("410 ends the calls until there is another definition", "[webhook]") {
    fixture world;
    world.come({queued("a", 1), queued("a", 2)});
    world.wanted = 0;
    world.answer(0, status(410));
    CHECK(world.disabled);
    CHECK(world.work.terms().disabled);
    CHECK(world.done.empty());
    CHECK(world.work.next_due() == mqtt::never);
    world.pass(10h);
    CHECK(world.calls.size() == 1);
    world.work.change(terms_of(), world.at);
    CHECK(world.calls == texts{"p1", "p1"});
}

TEST_CASE("an endpoint that fails ten times in a row is left alone, but for a probe", "[webhook]") {
    fixture world(json{{"max_inflight", 20}});
    std::vector<queued_message> many;
    for (std::uint64_t id = 1; id <= 20; ++id)
        many.push_back(queued("t" + std::to_string(id), id));
    world.come(std::move(many));
    REQUIRE(world.calls.size() == 20);
    for (std::size_t nth = 0; nth < 20; ++nth)
        world.answer(nth, no_answer());
    CHECK(world.work.is_failing());
    const auto made = world.calls.size();
    world.pass(4s);
    CHECK(world.calls.size() == made);
    world.pass(60s);
    CHECK(world.calls.size() == made + 1); // one probe, whatever is due
    world.pass(60s);
    CHECK(world.calls.size() == made + 1);
    world.answer(made, no_answer());
    CHECK(world.work.next_due() == world.at.steady + 10s); // twice as long
    world.pass(10s);
    CHECK(world.calls.size() == made + 2);
    world.answer(made + 1, status(200));
    CHECK_FALSE(world.work.is_failing());
    CHECK(world.calls.size() > made + 10); // all that had waited
}

TEST_CASE("a refusal says that the endpoint is there", "[webhook]") {
    circuit one;
    const mqtt::steady_time now(1h);
    for (unsigned i = 0; i < circuit::failures_max - 1; ++i)
        one.failed(now);
    one.succeeded();
    one.failed(now);
    CHECK_FALSE(one.is_open());
    CHECK_FALSE(status(404).is_outage());
    CHECK(status(429).is_outage());
    CHECK(no_answer().is_outage());
}

TEST_CASE("messages that came through eight webhooks are dropped", "[webhook]") {
    fixture world;
    auto around = queued("a", 1);
    around.what = mqtt::with_user_property(*around.what, hop_property, "8");
    auto once = queued("a", 2);
    once.what = mqtt::with_user_property(*once.what, hop_property, "7");
    world.come({around, once});
    CHECK(world.calls == texts{"p2"});
    CHECK(world.done == std::vector<std::uint64_t>{1});
    CHECK(world.lines.size() == 1);
    CHECK(hops_of(*once.what) == 7);
    auto forged = mqtt::with_user_property(*once.what, hop_property, "-1");
    CHECK(hops_of(*forged) == 0);
}

TEST_CASE("what an endpoint answers goes to the response topic", "[webhook]") {
    fixture world(json{{"reply", true}});
    mqtt::publish_properties props;
    props.response_topic = "r/1";
    props.correlation = "x1";
    world.come({{message_of("a", "?", 1, props)}, queued("b", 2)});
    auto answer = status(200);
    answer.body = "42";
    answer.content_type = "text/plain";
    world.answer(0, answer);
    world.answer(1, answer); // this one has no response topic
    REQUIRE(world.published.size() == 1);
    CHECK(world.published[0].topic == "r/1");
    CHECK(world.published[0].payload == "42");
    CHECK(world.published[0].properties.correlation == "x1");
    CHECK(world.published[0].properties.content_type == "text/plain");
}

TEST_CASE("replayed messages are called again, and nothing is acknowledged", "[webhook]") {
    fixture world;
    world.work.replay({queued("a", 1), queued("b", 2)}, world.at);
    CHECK(world.calls == texts{"p1", "p2"});
    CHECK(world.work.extras() == 2);
    world.answer(0, status(200));
    CHECK(world.work.extras() == 1);
    CHECK(world.done.empty());
}

TEST_CASE("a call says the messages raw, as envelopes or as events", "[webhook]") {
    const std::vector<queued_message> one{queued("home/a b", 7)};
    const auto raw = body_of(terms_of({{"format", "raw"}}), one);
    CHECK(raw.body == "p7");
    CHECK(raw.content_type == "text/plain; charset=utf-8");
    const auto has = [&raw](const char* name, const std::string& value) {
        return std::find(raw.fields.begin(), raw.fields.end(),
                         std::pair<std::string, std::string>(name, value)) != raw.fields.end();
    };
    CHECK(has("webhook-topic", "home/a%20b"));
    CHECK(has("Mqtt-Qos", "1"));
    CHECK(has("Mqtt-User-Property", "webhook-hops=1"));

    const auto envelope = json::parse(body_of(terms_of(), one).body);
    CHECK(envelope["topic"] == "home/a b");
    CHECK(envelope["payload"] == "p7");
    CHECK(envelope["props"]["user"] == json::parse(R"([["webhook-hops","1"]])"));

    const auto event = body_of(terms_of({{"format", "cloudevents"}}), one);
    CHECK(event.content_type == "application/cloudevents+json");
    const auto read = json::parse(event.body);
    CHECK(read["specversion"] == "1.0");
    CHECK(read["id"] == mqtt::public_id(7));
    CHECK(read["source"] == "/api/v1/webhooks/night");
    CHECK(read["type"] == "mqtt.message");
    CHECK(read["subject"] == "home/a b");
    CHECK(read["time"] == "2026-11-22T15:30:45.123Z");
    CHECK(read["data"] == "p7");

    const std::vector<queued_message> two{{message_of("a", R"({"x":1})", 1)},
                                          {message_of("a", "\xFF", 2)}};
    const auto batch = body_of(terms_of({{"format", "cloudevents"}, {"batch", {{"max", 9}}}}), two);
    CHECK(batch.content_type == "application/cloudevents-batch+json");
    const auto events = json::parse(batch.body);
    CHECK(events[0]["data"] == json{{"x", 1}});
    CHECK(events[1]["data_base64"] == "/w==");
    CHECK_FALSE(events[1].contains("data"));
}

TEST_CASE("what failed is remembered within bounds", "[webhook]") {
    delivery_log log;
    for (std::uint64_t id = 1; id <= delivery_log::failed_max + 10; ++id) {
        delivery_record record{.id = std::to_string(id)};
        record.failed.messages.push_back(queued("a", id));
        log.note_failed(std::move(record));
    }
    CHECK(log.failed().size() == delivery_log::failed_max);
    CHECK(log.failed().front().id == "11");
    for (int i = 0; i < 10; ++i) {
        delivery_record record{.id = "big" + std::to_string(i)};
        record.failed.messages.push_back({message_of("a", std::string(2'000'000, 'x'), 1)});
        log.note_failed(std::move(record));
    }
    CHECK(log.failed().size() == 4);
    CHECK_FALSE(log.take_failed("11"));
    CHECK(log.take_failed("big9"));
    CHECK(log.failed().size() == 3);
}
