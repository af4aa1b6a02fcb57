// What a publish over HTTP says besides topic and payload, and the conditions it may carry.
#include "rest/conditions.hpp"
#include "rest/credentials.hpp"
#include "rest/publish_options.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/rest/request_text.hpp"

#include <chrono>

namespace {

using rest::problem_id;

struct publishing {
    rest::request asked;
    rest::query options;
    rest::checked<rest::publish_options> read;
};

// "POST ?qos=1" and header fields.
publishing publish(const std::string& method, const std::string& query,
                   const std::string& fields = {}, std::string_view body = "x") {
    publishing made{rest_test::request_from(method + " / HTTP/1.1\r\nHost: a\r\n" + fields, body),
                    {},
                    rest::publish_options{}};
    auto options = rest::query::parse(query);
    REQUIRE(options.has_value());
    made.options = *options;
    made.read = rest::read_publish_options(made.asked, made.options);
    return made;
}

problem_id refusal(const publishing& what) {
    REQUIRE_FALSE(what.read.has_value());
    return what.read.error().id;
}

mqtt::message_ptr message(std::uint64_t id) {
    mqtt::publication what;
    what.topic = "a";
    what.payload = "1";
    return mqtt::message::make(what, id, std::chrono::system_clock::now());
}

rest::request with_field(const std::string& field) {
    return rest_test::request_from("PUT /topics/a HTTP/1.1\r\nHost: a\r\n" + field + "\r\n");
}

} // namespace

TEST_CASE("an option of the URL wins over its header field", "[publish]") {
    CHECK(publish("POST", "").read->qos == mqtt::qos::at_least_once);
    CHECK(publish("POST", "", "Mqtt-Qos: 2\r\n").read->qos == mqtt::qos::exactly_once);
    CHECK(publish("POST", "qos=0", "Mqtt-Qos: 2\r\n").read->qos == mqtt::qos::at_most_once);
    CHECK(publish("POST", "expiry=60", "mqtt-message-expiry: 5\r\n").read->expiry == 60U);
    CHECK(publish("POST", "", "mqtt-message-expiry: 5\r\n").read->expiry == 5U);
}

TEST_CASE("PUT keeps its message and POST does not, unless it says so", "[publish]") {
    CHECK(publish("PUT", "").read->retain);
    CHECK_FALSE(publish("POST", "").read->retain);
    CHECK(publish("POST", "retain=1").read->retain);
    CHECK(publish("POST", "", "Mqtt-Retain: true\r\n").read->retain);
    CHECK(refusal(publish("PUT", "retain=0")) == problem_id::invalid_parameter);
}

TEST_CASE("a value that an option cannot have is refused", "[publish]") {
    for (const auto* qos : {"3", "-1", "01", "", "one"})
        CHECK(refusal(publish("POST", std::string("qos=") + qos)) == problem_id::bad_qos);
    CHECK(publish("POST", "expiry=4294967295").read->expiry == 4294967295U);
    for (const auto* query : {"expiry=4294967296", "expiry=-1", "expiry=1s", "retain=2", "pfi=2",
                              "require=me", "correlation=*", "content_type=a%0Ab"})
        CHECK(refusal(publish("POST", query)) == problem_id::invalid_parameter);
    CHECK(refusal(publish("POST", "response_topic=a/%23")) == problem_id::topic_name_invalid);
    CHECK(refusal(publish("POST", "", "Mqtt-Qso: 1\r\n")) == problem_id::unknown_parameter);
    CHECK(refusal(publish("POST", "", "Mqtt-Response-Topic: %zz\r\n")) ==
          problem_id::bad_percent_escape);
}

TEST_CASE("the request's content type is the message's, except the one curl adds", "[publish]") {
    const auto type = [](const std::string& query, const std::string& fields) {
        return publish("POST", query, fields).read->properties.content_type;
    };
    CHECK(type("", "Content-Type: text/plain\r\n") == "text/plain");
    CHECK(type("", "Content-Type: application/x-www-form-urlencoded\r\n") == "");
    CHECK(type("", "Content-Type: Application/X-WWW-Form-Urlencoded; charset=x\r\n") == "");
    CHECK(type("content_type=a/b", "Content-Type: text/plain\r\n") == "a/b");
    CHECK(type("", "Mqtt-Content-Type: %C3%A9\r\nContent-Type: text/plain\r\n") == "\xC3\xA9");
}

TEST_CASE("user properties keep their order and may repeat", "[publish]") {
    const auto made =
        publish("POST", "",
                "Mqtt-User-Property: unit=C\r\nMqtt-User-Property: a%3Db=%0D%0A=\r\n"
                "Mqtt-User-Property: unit=F\r\nMqtt-User-Properties: eyJrIjoidiJ9\r\n");
    REQUIRE(made.read.has_value());
    const auto& user = made.read->properties.user;
    REQUIRE(user.size() == 4);
    CHECK(user[0] == std::pair<std::string, std::string>("unit", "C"));
    CHECK(user[1] == std::pair<std::string, std::string>("a=b", "\r\n="));
    CHECK(user[2].second == "F");
    CHECK(user[3] == std::pair<std::string, std::string>("k", "v"));
    std::string many;
    for (std::size_t i = 0; i <= rest::user_properties_max; ++i)
        many += "Mqtt-User-Property: a=b\r\n";
    CHECK(refusal(publish("POST", "", many)) == problem_id::invalid_parameter);
    CHECK(refusal(publish("POST", "", "Mqtt-User-Property: a\r\n")) ==
          problem_id::invalid_parameter);
    CHECK(refusal(publish("POST", "", "Mqtt-User-Property: %FF=a\r\n")) ==
          problem_id::invalid_parameter);
}

TEST_CASE("a payload that is said to be text is looked at", "[publish]") {
    CHECK(publish("POST", "pfi=1", {}, "\xC3\xA9").read->properties.payload_is_utf8 == true);
    CHECK(refusal(publish("POST", "pfi=1", {}, "\xFF")) == problem_id::payload_format_invalid);
    CHECK(publish("POST", "pfi=0", {}, "\xFF").read->properties.payload_is_utf8 == false);
}

TEST_CASE("If-Match names one value, any value, or none that can be", "[conditions]") {
    const auto now = message(7);
    const auto tag = rest::entity_tag(*now);
    const auto read = [&](const std::string& field) {
        return rest::read_condition(with_field(field), now.get());
    };
    CHECK(read("If-Match: " + tag)->condition.id_is == 7U);
    CHECK(read("If-Match: \"x\", " + tag + ", " + rest::entity_tag(*message(8)))->condition.id_is ==
          7U);
    CHECK(read("If-Match: *")->condition.must_exist);
    CHECK(read("If-None-Match: *")->condition.must_be_absent);
    CHECK(read("If-Match: \"of-another-run\"")->impossible);
    CHECK(read("If-Match: W/" + tag)->impossible);
    CHECK_FALSE(read("If-Match: 7").has_value());
    CHECK_FALSE(read("If-None-Match: " + tag).has_value());
    CHECK_FALSE(read("If-None-Match: *\r\nIf-Match: *").has_value());
}

TEST_CASE("a caller has a value whose tag it names, strong or weak", "[conditions]") {
    const auto now = message(7);
    const auto tag = rest::entity_tag(*now);
    CHECK(rest::names_message(tag, *now));
    CHECK(rest::names_message("\"x\", W/" + tag, *now));
    CHECK(rest::names_message("*", *now));
    CHECK_FALSE(rest::names_message(rest::entity_tag(*message(8)), *now));
    CHECK_FALSE(rest::names_message("", *now));
}

TEST_CASE("a preference is found among others", "[conditions]") {
    const auto asked =
        with_field("Prefer: respond-async, return=minimal; x=y\r\nPrefer: Wait=\"9\"");
    CHECK(rest::preference(asked, "return") == "minimal");
    CHECK(rest::preference(asked, "wait") == "9");
    CHECK(rest::preference(asked, "respond-async") == "");
    CHECK_FALSE(rest::preference(asked, "other"));
}

TEST_CASE("Basic credentials are a name and a password that may hold colons", "[credentials]") {
    const auto read = rest::read_credentials("basic dTpwOnE="); // u:p:q
    REQUIRE(read);
    CHECK(read->username == "u");
    CHECK(read->password == "p:q");
    const auto nobody = rest::read_credentials("");
    REQUIRE(nobody);
    CHECK_FALSE(nobody->username);
    for (const auto* bad : {"Basic", "Basic !", "Basic dQ==", "Basic OnA=", "Bearer ", "dTpw"})
        CHECK_FALSE(rest::read_credentials(bad));
}

TEST_CASE("a bearer's token is taken as it is, and read by nobody here", "[credentials]") {
    const auto read = rest::read_credentials("bearer  a.b.c ");
    REQUIRE(read);
    CHECK(read->bearer);
    CHECK(read->password == "a.b.c");
    CHECK_FALSE(read->username);
}
