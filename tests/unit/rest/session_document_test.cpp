// What callers say of sessions, and what they are told.
#include "mqtt/broker/local_client.hpp"
#include "rest/router.hpp"
#include "rest/session_document.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

mqtt::message_ptr message_of(std::string_view payload, std::uint64_t id) {
    return mqtt::message::make({"t", payload, {}, mqtt::qos::at_least_once}, id, {});
}

std::string detail_of(std::string_view body) {
    const auto read = rest::read_session_wish(body, "s");
    return read ? "" : read.error().detail;
}

} // namespace

TEST_CASE("a session's path names it, and what is meant of it", "[sessions]") {
    const auto found =
        rest::find_route(rest::http_verb::get, "/api/v1/sessions/night%2Fshift/messages");
    REQUIRE(found.row != nullptr);
    CHECK(found.row->operation == "readSessionMessages");
    CHECK(found.rest == std::string_view("night%2Fshift"));
    CHECK(rest::find_route(rest::http_verb::get, "/api/v1/sessions/a").row->operation ==
          "readSession");
    CHECK(rest::find_route(rest::http_verb::post, "/api/v1/sessions/a/ack").path_exists);
    CHECK_FALSE(rest::find_route(rest::http_verb::post, "/api/v1/sessions//ack").path_exists);
    CHECK_FALSE(rest::find_route(rest::http_verb::get, "/api/v1/sessions/a/b").path_exists);
    CHECK_FALSE(rest::find_route(rest::http_verb::get, "/api/v1/sessions/a/messages/").path_exists);
}

TEST_CASE("a session's name is decoded once", "[sessions]") {
    CHECK(*rest::session_id_of("night%2Fshift") == "night/shift");
    CHECK_FALSE(rest::session_id_of("%0A").has_value());
    CHECK_FALSE(rest::session_id_of("%ff").has_value());
    CHECK_FALSE(rest::session_id_of("%4").has_value());
    CHECK_FALSE(rest::session_id_of(std::string(rest::session_id_bytes_max + 1, 'x')).has_value());
}

TEST_CASE("the wishes of PUT are read, and what is not said is as usual", "[sessions]") {
    const auto read = rest::read_session_wish(
        R"({"subscriptions":[{"filter":"a/#","qos":2,"rh":1,"rap":true,"nl":true}],"expiry":60,)"
        R"("max_queued":5,"overflow":"drop-newest","lease":7,"max_deliveries":3,)"
        R"("dead_letter":"dead/{id}"})",
        "s");
    REQUIRE(read.has_value());
    CHECK(read->terms == mqtt::pull_terms{60, 5, true, 7, 3, "dead/{id}"});
    REQUIRE(read->subscriptions->size() == 1);
    const auto& one = read->subscriptions->front();
    CHECK(one.filter == "a/#");
    CHECK(one.qos == mqtt::qos::exactly_once);
    CHECK(one.retain_handling == 1);
    CHECK((one.retain_as_published && one.no_local));
    const auto usual = rest::read_session_wish("", "s");
    REQUIRE(usual.has_value());
    CHECK(usual->terms == mqtt::pull_terms{});
    CHECK_FALSE(usual->subscriptions.has_value());
}

TEST_CASE("a wish that cannot be meant is told by its name", "[sessions]") {
    CHECK(detail_of("7") == "The body is not a JSON object");
    CHECK(detail_of(R"({"expires":7})") == "'expires' is not a member of this document");
    CHECK(detail_of(R"({"expiry":0})") == "'expiry' is a whole number from 1 to 4294967295");
    CHECK(detail_of(R"({"expiry":1.5})") == "'expiry' is a whole number from 1 to 4294967295");
    CHECK(detail_of(R"({"subscriptions":["a"]})") == "A subscription is an object with a 'filter'");
    CHECK(detail_of(R"({"subscriptions":[{"filter":"+a"}]})") == "+a");
    CHECK(detail_of(R"({"dead_letter":"s","subscriptions":[{"filter":"#"}]})") ==
          "The dead letters of the session would come back to it: #");
}

TEST_CASE("messages are named by their ids, or up to one", "[sessions]") {
    const auto id = mqtt::public_id(1042);
    const auto upto =
        rest::read_named_messages(R"({"upto":")" + id + R"("})", rest::naming::acknowledge);
    REQUIRE(upto.has_value());
    CHECK(upto->up_to == 1042);
    const auto ids = rest::read_named_messages(R"({"ids":[")" + id + R"(","other-7"],"delay":5})",
                                               rest::naming::give_back);
    REQUIRE(ids.has_value());
    CHECK(ids->ids == std::vector<std::uint64_t>{1042}); // that of another run is gone
    CHECK(ids->delay == std::chrono::seconds(5));
    for (const auto* wrong : {"{}", R"({"ids":[],"upto":"a-1"})", R"({"ids":["a"]})",
                              R"({"ids":["-1"]})", R"({"upto":7})", R"({"ids":[],"delay":5})"})
        CHECK_FALSE(rest::read_named_messages(wrong, rest::naming::acknowledge).has_value());
    CHECK_FALSE(rest::read_named_messages(R"({"upto":"a-1"})", rest::naming::extend).has_value());
}

TEST_CASE("a message is told with how often it was delivered", "[sessions]") {
    mqtt::pull_batch batch;
    batch.messages.push_back({message_of("x", 1), mqtt::qos::at_least_once});
    batch.messages.push_back({message_of("y", 2), mqtt::qos::at_least_once, false, {}, 2, true});
    batch.pending = 55;
    const auto read = json::parse(rest::messages_document(batch, false));
    CHECK(read["pending"] == 55);
    CHECK(read["messages"][0]["payload"] == "x");
    CHECK_FALSE(read["messages"][0].contains("deliveries"));
    CHECK_FALSE(read["messages"][0].contains("dup"));
    CHECK(read["messages"][1]["deliveries"] == 2);
    CHECK(read["messages"][1]["dup"] == true);
}
