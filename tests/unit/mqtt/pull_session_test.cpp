// Sessions that are pulled: who gets which message, what an acknowledgement takes away, and how
// MQTT clients and pullers follow each other.
#include "mqtt/broker/pull_text.hpp"
#include "mqtt/broker/recovery.hpp"
#include "mqtt/codec/properties.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <optional>

using namespace mqtt;
using namespace script;

namespace {

connect_options kept_client() {
    connect_options options;
    options.clean_start = false;
    return options;
}

// What a session gets of "t" and answers, as text.
struct pulling {
    explicit pulling(limits bounds = {}, store* kept = nullptr)
        : here(bounds, nullptr, kept), sender(here) {
        key.who.client_id = "s";
        sender.connect("sender");
        sender.received();
    }

    pull_desk& desk() {
        here.begin();
        return here.hub->pulls();
    }
    pull_opened open(pull_terms terms = {}, std::vector<pull_subscription> filters = {{"t"}}) {
        std::optional<pull_opened> said;
        desk().open(key, terms, filters, [&](const pull_opened& answer) { said = answer; });
        here.hub->end_turn();
        return said.value_or(pull_opened{pull_outcome::no_room});
    }
    // Payloads; of repeated ones with an asterisk.
    std::string texts(const pull_batch& batch) {
        std::string all;
        last.clear();
        for (const auto& each : batch.messages) {
            last.push_back(each.what->id());
            all += std::string(each.what->payload()) + (each.dup ? "*" : "");
        }
        outcome = batch.outcome;
        return all;
    }
    std::string read(const pull_desk::ask& what) {
        pull_batch batch;
        desk().read(key, what, [&](pull_batch answer) { batch = std::move(answer); });
        here.hub->end_turn();
        return texts(batch);
    }
    std::string peek(std::size_t max = 100) { return read({max}); }
    std::string lease(std::size_t max, std::optional<std::chrono::seconds> term = {}) {
        return read({max, true, term});
    }
    std::size_t change(bool leases, const pull_desk::change& what) {
        std::size_t count = 0;
        desk().count(key, leases, what, [&](const pull_count& answer) { count = answer.messages; });
        here.hub->end_turn();
        return count;
    }
    std::size_t acknowledge(std::vector<std::uint64_t> ids) {
        return change(false, [&](auto& of, steady_time) { return of.acknowledge(ids); });
    }
    std::size_t acknowledge_up_to(std::uint64_t id) {
        return change(
            false, [&](auto& of, steady_time now) { return of.acknowledge_up_to(id, false, now); });
    }
    std::size_t give_back(std::vector<std::uint64_t> ids, std::chrono::seconds delay = 0s) {
        return change(
            true, [&](auto& of, steady_time now) { return of.give_back(ids, now, now + delay); });
    }
    void publish(std::string_view texts) {
        for (const auto& each : texts)
            sender.publish("t", {&each, 1}, qos::at_least_once, ++packet_id);
        sender.received();
    }
    pull_watch watching(lines& into) {
        auto told = std::make_shared<const std::function<void(pull_event)>>([&](pull_event what) {
            into.emplace_back(what == pull_event::ready        ? "ready"
                              : what == pull_event::taken_over ? "taken over"
                              : what == pull_event::ended      ? "ended"
                                                               : "other");
        });
        desk().watch(key, told);
        return told;
    }

    stage here;
    peer sender;
    pull_key key;
    std::vector<std::uint64_t> last;
    pull_outcome outcome{};
    std::uint16_t packet_id = 0;
};

} // namespace

TEST_CASE("what is not acknowledged is read again, and what is acknowledged is gone", "[pull]") {
    pulling all;
    CHECK(all.open().made);
    all.publish("abc");
    CHECK(all.peek(2) == "ab");
    CHECK(all.peek(2) == "ab");
    CHECK(all.acknowledge_up_to(all.last[1]) == 2);
    CHECK(all.peek() == "c");
    CHECK(all.acknowledge(all.last) == 1);
    CHECK(all.acknowledge(all.last) == 0);
    CHECK(all.peek() == "");
    CHECK_FALSE(all.open().made); // said again: the same session
}

TEST_CASE("a repeated acknowledgement of what is gone takes nothing else away", "[pull]") {
    pulling all;
    all.open();
    all.publish("ab");
    all.peek(1);
    const auto first = all.last[0];
    CHECK(all.acknowledge_up_to(first) == 1);
    CHECK(all.acknowledge_up_to(first) == 0);
    CHECK(all.acknowledge_up_to(first + 1000) == 0);
    CHECK(all.peek() == "b");
}

TEST_CASE("a leased message is nobody else's until its lease ends", "[pull]") {
    pulling all;
    all.open();
    all.publish("abc");
    CHECK(all.lease(2, 10s) == "ab");
    CHECK(all.lease(5, 10s) == "c");
    const auto third = all.last;
    CHECK(all.peek() == "");
    CHECK(all.acknowledge(third) == 1);
    all.here.pass(11s);
    CHECK(all.lease(5, 10s) == "a*b*");
}

TEST_CASE("what is given back comes again at once, or after a while", "[pull]") {
    pulling all;
    all.open();
    all.publish("abc");
    CHECK(all.lease(3) == "abc");
    const auto ids = all.last;
    CHECK(all.give_back({ids[1]}) == 1);
    CHECK(all.give_back({ids[0]}, 5s) == 1);
    CHECK(all.acknowledge_up_to(ids[2]) == 1); // not what was given back
    CHECK(all.lease(3) == "b*");
    all.here.pass(6s);
    CHECK(all.lease(3) == "a*");
}

TEST_CASE("a message that nobody can work on goes to the dead letters", "[pull]") {
    pulling all;
    peer undertaker(all.here);
    connect_options options;
    options.version = version::v5;
    undertaker.connect("undertaker", options);
    undertaker.subscribe("dead/+", qos::at_least_once);
    undertaker.received();
    pull_terms terms;
    terms.max_deliveries = 2;
    terms.dead_letter = "dead/{id}";
    all.open(terms);
    all.publish("x");
    CHECK(all.lease(1, 1s) == "x");
    all.here.pass(2s);
    CHECK(undertaker.received().empty());
    CHECK(all.lease(1, 1s) == "x*");
    all.here.pass(2s);
    CHECK(undertaker.received() == lines{"PUBLISH d0 q1 r0 m1 dead/s 'x'"});
    CHECK(all.peek() == "");
}

TEST_CASE("what nobody can work on is dropped where there are no dead letters", "[pull]") {
    pulling all;
    pull_terms terms;
    terms.max_deliveries = 1;
    all.open(terms);
    all.publish("xy");
    CHECK(all.lease(1) == "x");
    all.give_back(all.last);
    CHECK(all.peek() == "y");
    CHECK(all.here.hub->counts().value(metric::messages_dropped) == 1);
}

TEST_CASE("a full queue drops its oldest messages, or the new ones", "[pull]") {
    pulling all;
    pull_terms terms;
    terms.max_queued = 3;
    all.open(terms);
    all.publish("abcde");
    CHECK(all.peek() == "cde");
    CHECK(all.here.hub->counts().value(metric::messages_dropped) == 2);
    terms.drop_newest = true;
    all.open(terms);
    all.publish("f");
    CHECK(all.peek() == "cde");
    CHECK(all.here.hub->counts().value(metric::messages_dropped) == 3);
}

TEST_CASE("messages of QoS 0 wait for a puller, too", "[pull]") {
    pulling all;
    all.open();
    all.sender.publish("t", "q", qos::at_most_once);
    CHECK(all.peek() == "q");
}

TEST_CASE("who watches hears of a message that is there, and of one that comes", "[pull]") {
    pulling all;
    all.open();
    lines heard;
    auto first = all.watching(heard);
    CHECK(heard.empty());
    all.publish("a");
    CHECK(heard == lines{"ready"});
    auto second = all.watching(heard);
    CHECK(heard == lines{"ready", "ready"});
    CHECK(all.lease(1, 2s) == "a");
    auto third = all.watching(heard);
    CHECK(heard.size() == 2);
    all.here.pass(3s); // the lease ends
    CHECK(heard.size() == 3);
}

TEST_CASE("an MQTT client takes the session over, and leaves it", "[pull]") {
    pulling all;
    all.open();
    all.publish("ab");
    lines heard;
    CHECK(all.lease(5, 60s) == "ab");
    auto watching = all.watching(heard);
    {
        peer phone(all.here);
        phone.connect("s", kept_client());
        CHECK(heard == lines{"taken over"});
        CHECK(phone.received() == lines{"CONNACK present, Success", "PUBLISH d0 q1 r0 m1 t 'a'",
                                        "PUBLISH d0 q1 r0 m2 t 'b'"});
        CHECK(all.peek() == "");
        CHECK(all.outcome == pull_outcome::taken_over);
        phone.acknowledge(packet_type::puback, 1);
        phone.disconnect();
    }
    all.here.pass(61s);
    CHECK(all.lease(5) == "b*"); // the client had it, perhaps
    CHECK(all.acknowledge(all.last) == 1);
    all.publish("c");
    CHECK(all.peek() == "c");
}

TEST_CASE("a session is nobody's but its user's", "[pull]") {
    pulling all;
    all.open();
    all.publish("a");
    all.key.who.username = "other";
    CHECK(all.peek() == "");
    CHECK(all.outcome == pull_outcome::no_such_session);
    CHECK(all.open().outcome == pull_outcome::owned_by_another);
    peer client(all.here);
    client.connect("m", kept_client());
    all.key.who.client_id = "m";
    CHECK(all.open().outcome == pull_outcome::owned_by_another);
    all.key.who.username.clear();
    CHECK(all.open().outcome == pull_outcome::taken_over);
}

TEST_CASE("no MQTT client gets a reserved session", "[pull]") {
    pulling all;
    all.key.reserved = true;
    all.open();
    peer phone(all.here);
    phone.connect("s", kept_client());
    CHECK(phone.received() == lines{"CONNACK new, Client Identifier not valid", "closed"});
    all.key.reserved = false;
    CHECK(all.open().outcome == pull_outcome::owned_by_another);
}

TEST_CASE("a session that nobody calls ends, one that somebody waits for does not", "[pull]") {
    pulling all;
    pull_terms terms;
    terms.expiry = 10;
    all.open(terms);
    all.here.pass(8s);
    CHECK(all.peek() == "");
    CHECK(all.outcome == pull_outcome::success);
    lines heard;
    auto waiting = all.watching(heard);
    all.here.pass(30s);
    CHECK(heard.empty());
    waiting.reset();
    all.here.pass(11s);
    all.peek();
    CHECK(all.outcome == pull_outcome::no_such_session);
    CHECK(all.here.hub->sessions() == 1); // the sender's
}

TEST_CASE("the set of subscriptions is what was said last", "[pull]") {
    pulling all;
    all.sender.publish("t", "r", qos::at_least_once, 99, true);
    all.open({}, {{"t"}, {"u"}});
    CHECK(all.peek() == "r"); // retained
    all.acknowledge(all.last);
    all.open({}, {{"t"}}); // said again: nothing retained again
    CHECK(all.peek() == "");
    all.sender.publish("u", "x", qos::at_least_once, 98);
    CHECK(all.peek() == "");
    all.open({}, {});
    all.publish("a");
    CHECK(all.peek() == "");
}

TEST_CASE("a stream's messages are its own until it lets go", "[pull]") {
    pulling all;
    all.open();
    all.publish("ab");
    lines heard;
    const auto replaced = std::make_shared<const std::function<void(pull_event)>>(
        [&](pull_event) { heard.emplace_back("replaced"); });
    all.desk().begin_stream(all.key, 7, replaced, [](pull_outcome) {});
    CHECK(all.read({9, true, {}, 7}) == "ab");
    CHECK(all.peek() == "");
    all.publish("c");
    all.read({9, true, {}, 7});
    all.desk().begin_stream(all.key, 8, replaced, [](pull_outcome) {});
    CHECK(heard == lines{"replaced"});
    CHECK(all.read({9, true, {}, 7}) == "");
    CHECK(all.outcome == pull_outcome::taken_over);
    CHECK(all.read({9, true, {}, 8}) == "a*b*c*");
    all.desk().end_stream(all.key, 8);
    CHECK(all.peek() == "a*b*c*");
}

TEST_CASE("an acknowledgement and a new session are answered when they are on disk",
          "[pull][store]") {
    slow_store kept;
    pulling all({}, &kept);
    std::vector<pull_outcome> said;
    all.desk().open(all.key, {}, std::vector<pull_subscription>{{"t"}},
                    [&](const pull_opened& answer) { said.push_back(answer.outcome); });
    all.here.hub->end_turn();
    CHECK(said.empty());
    const auto write = [&] {
        kept.written = kept.last;
        all.here.begin();
        all.here.hub->end_turn();
    };
    write();
    CHECK(said == std::vector{pull_outcome::success});
    all.publish("a");
    write();
    CHECK(all.peek() == "a");
    CHECK(all.acknowledge(all.last) == 0); // not yet answered
    std::size_t gone = 0;
    for (const auto& each : kept.told)
        gone += std::holds_alternative<entry_gone>(each) ? 1U : 0U;
    CHECK(gone == 1);
}

TEST_CASE("terms and leases are read as they were written", "[pull]") {
    pull_terms terms;
    terms.expiry = 7;
    terms.max_queued = 8;
    terms.drop_newest = true;
    terms.lease = 9;
    terms.max_deliveries = 10;
    terms.dead_letter = "dead/{id}";
    const auto read = parse_pull_terms(pull_terms_text(terms, true));
    REQUIRE(read);
    CHECK(read->terms == terms);
    CHECK(read->reserved);
    for (const auto* wrong : {"", "1 2 3", "1 2 3 4 5 6 7\n", "x", "1 2 3 4 5 99999999999\n"})
        CHECK_FALSE(parse_pull_terms(wrong));

    pulling all;
    all.open();
    all.publish("ab");
    all.lease(1, 60s);
    auto* owner = all.here.common->brokers[0];
    CHECK(owner->sessions() == 2);
    const auto leases = parse_pull_leases("5 2 61000 0\nrubbish\n6 1 0 1\n", all.here.now,
                                          wall_time(std::chrono::seconds(1)));
    REQUIRE(leases.size() == 2);
    CHECK(leases[0].first == 5);
    CHECK(leases[0].second.deliveries == 2);
    CHECK(leases[0].second.until == all.here.now + 60s);
    CHECK(leases[1].second.returned);
    CHECK(leases[1].second.until == all.here.now);
}

TEST_CASE("a user has so many sessions and no more", "[pull]") {
    pulling all;
    for (std::size_t i = 0; i < pull_sessions_per_user_max; ++i) {
        all.key.who.client_id = "s" + std::to_string(i);
        CHECK(all.open().outcome == pull_outcome::success);
    }
    all.key.who.client_id = "more";
    CHECK(all.open().outcome == pull_outcome::too_many_sessions);
    all.key.who.client_id = "s7";
    all.desk().end(all.key, [](pull_outcome) {});
    all.key.who.client_id = "more";
    CHECK(all.open().outcome == pull_outcome::success);
    CHECK(all.desk().list(all.key.who).size() == pull_sessions_per_user_max);
}
