// Which versions a listener speaks, and which client ids it takes or gives.
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <utility>

using namespace mqtt;
using namespace script;

namespace {

connect_options of(version spoken) {
    connect_options options;
    options.version = spoken;
    return options;
}

void connect_named(peer& who, std::string_view client_id, std::string_view username) {
    mqtt::connect packet;
    packet.version = who.level = version::v5;
    packet.client_id = client_id;
    if (!username.empty())
        packet.username = username;
    std::string bytes;
    encode(bytes, packet);
    who.send_bytes(bytes);
}

reason answer_of(peer& who, version spoken) {
    const auto bytes = who.received_bytes();
    return decode_connack(next_frame(bytes, varint_max).body, spoken)->reason;
}

std::string given_id(peer& who) {
    const auto bytes = who.received_bytes();
    const auto answer = decode_connack(next_frame(bytes, varint_max).body, version::v5);
    return std::string(
        answer->props.text(property_id::assigned_client_identifier).value_or("none"));
}

} // namespace

TEST_CASE("a listener speaks those versions that accept_protocol_versions names", "[limits]") {
    stage here;
    here.listener.accepted_versions = 1U << 5;
    peer modern(here), old(here), oldest(here);
    modern.connect("modern", of(version::v5));
    CHECK(modern.received() == lines{"CONNACK new, Success"});
    old.connect("old", of(version::v3_1_1));
    CHECK(old.received() == lines{"CONNACK new, Unsupported Protocol Version", "closed"});
    oldest.connect("oldest", of(version::v3_1));
    CHECK(oldest.received() == lines{"CONNACK new, Unsupported Protocol Version", "closed"});

    here.listener.accepted_versions = 1U << 3 | 1U << 4;
    peer late(here);
    late.connect("late", of(version::v5));
    CHECK(answer_of(late, version::v5) == reason::unsupported_protocol_version);
}

TEST_CASE("client ids begin as clientid_prefixes says, given ones too", "[limits]") {
    limits bounds;
    bounds.client_id_prefix = "secure-";
    stage here(bounds);
    peer good(here), bad(here), nameless(here);
    good.connect("secure-client", of(version::v5));
    CHECK(answer_of(good, version::v5) == reason::success);
    bad.connect("Secure-client", of(version::v5));
    CHECK(answer_of(bad, version::v5) == reason::not_authorized);
    nameless.connect("", of(version::v5));
    CHECK(answer_of(nameless, version::v5) == reason::not_authorized);

    here.listener.auto_id_prefix = "secure-auto-";
    peer named(here);
    named.connect("", of(version::v5));
    CHECK(given_id(named).starts_with("secure-auto-"));
}

TEST_CASE("what a listener says of client ids goes before what is said for all", "[limits]") {
    limits bounds;
    bounds.auto_id_prefix = "all-";
    stage here(bounds);
    peer one(here), other(here), refused(here);
    one.connect("", of(version::v5));
    CHECK(given_id(one).starts_with("all-"));
    here.listener.auto_id_prefix = "";
    other.connect("", of(version::v5));
    CHECK(given_id(other).size() == 32);
    here.listener.allow_zero_length_clientid = false;
    refused.connect("", of(version::v5));
    CHECK(answer_of(refused, version::v5) == reason::client_identifier_not_valid);
}

TEST_CASE("with use_username_as_clientid the user name is the client id", "[limits]") {
    stage here;
    here.listener.use_username_as_client_id = true;
    peer ada(here), eve(here), again(here), nameless(here);
    connect_named(ada, "one", "ada");
    CHECK(answer_of(ada, version::v5) == reason::success);
    connect_named(eve, "ada", "eve"); // takes over nothing
    CHECK(answer_of(eve, version::v5) == reason::success);
    CHECK(ada.received() == lines{});
    connect_named(again, "two", "ada");
    CHECK(answer_of(again, version::v5) == reason::success);
    CHECK(ada.received() == lines{"DISCONNECT Session taken over", "closed"});
    connect_named(nameless, "three", "");
    CHECK(answer_of(nameless, version::v5) == reason::not_authorized);
    CHECK(here.journal.lines.back() == "Client  at 192.0.2.1:5000 refused: Not authorized.");
}

TEST_CASE("a client that sends no id is told that its user name is it", "[limits][MQTT-3.1.3-7]") {
    stage here;
    here.listener.use_username_as_client_id = true;
    peer ada(here);
    connect_named(ada, "", "ada");
    CHECK(given_id(ada) == "ada");
}
