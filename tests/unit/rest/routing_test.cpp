// From a request target to a route, and what a path allows.
#include "rest/router.hpp"
#include "rest/websocket_upgrade.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/rest/request_text.hpp"

namespace {

using rest::find_route;
using rest::http_verb;

std::string operation(http_verb method, std::string_view path) {
    const auto found = find_route(method, path);
    return found.row == nullptr ? std::string() : std::string(found.row->operation);
}

} // namespace

TEST_CASE("a target is a path with options, an absolute URI or an asterisk", "[router]") {
    const auto plain = rest::split_target("/topics/a//b?x=1?y");
    REQUIRE(plain);
    CHECK(plain->path == "/topics/a//b");
    CHECK(plain->query == "x=1?y");
    CHECK(plain->authority.empty());
    const auto absolute = rest::split_target("HTTP://broker.local:80?tree");
    REQUIRE(absolute);
    CHECK(absolute->authority == "broker.local:80");
    CHECK(absolute->path == "/");
    CHECK(absolute->query == "tree");
    CHECK(rest::split_target("*")->path == "*");
    CHECK_FALSE(rest::split_target("localhost:80"));
    CHECK_FALSE(rest::split_target("https://a/"));
    CHECK_FALSE(rest::split_target(""));
}

TEST_CASE("everything below /topics/ is a topic, and its text stays raw", "[router]") {
    CHECK(operation(http_verb::get, "/topics/a/b") == "readTopic");
    CHECK(operation(http_verb::get, "/topics/") == "readTopic");
    CHECK(operation(http_verb::get, "/topics") == "readTopics");
    CHECK(find_route(http_verb::put, "/topics//a%2Fb/").rest == std::string_view("/a%2Fb/"));
    CHECK(operation(http_verb::get, "/topicsx") == "");
    CHECK(operation(http_verb::get, "/problems/a/b") == "");
    CHECK(operation(http_verb::get, "/problems/a") == "readProblem");
    CHECK(operation(http_verb::get, "/no-such-file") == "");
}

TEST_CASE("HEAD is answered where GET is, and Allow lists what a path takes", "[router]") {
    CHECK(operation(http_verb::head, "/healthz") == "readHealth");
    CHECK(operation(http_verb::head, "/topics/a") == "headTopic");
    CHECK(operation(http_verb::patch, "/topics/a") == "patchTopic");
    CHECK(operation(http_verb::patch, "/healthz") == "");
    CHECK(find_route(http_verb::patch, "/healthz").path_exists);
    CHECK(rest::allowed_methods("/topics/a") == "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS");
    CHECK(rest::allowed_methods("/healthz") == "GET, HEAD, OPTIONS");
    CHECK(rest::allowed_methods("/api/v1/streams/s-1") == "GET, HEAD, PATCH, DELETE, OPTIONS");
    CHECK(rest::allowed_methods("/nowhere/at/all") == "");
}

TEST_CASE("a WebSocket is asked for with both header fields", "[websocket]") {
    const auto wants = [](std::string_view fields) {
        return rest::wants_websocket(
            rest_test::request_from("GET /mqtt HTTP/1.1\r\nHost: a\r\n" + std::string(fields)));
    };
    CHECK(wants("Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"));
    CHECK_FALSE(wants("Upgrade: websocket\r\n"));
    CHECK_FALSE(wants("Connection: Upgrade\r\n"));
    CHECK_FALSE(wants("Upgrade: h2c\r\nConnection: Upgrade\r\n"));
}

TEST_CASE("the handshake answers the key, and takes mqtt where it is offered",
          "[websocket][MQTT-6.0.0-4][MQTT3-6.0.0-4]") {
    CHECK(rest::websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(rest::mqtt_subprotocol("chat, mqttv3.1,mqtt") == "mqtt");
    CHECK(rest::mqtt_subprotocol("chat, mqttv3.1") == "mqttv3.1");
    CHECK(rest::mqtt_subprotocol("mqtt") == "mqtt");
    CHECK(rest::mqtt_subprotocol("MQTT, mqttx, ") == "");
    CHECK(rest::mqtt_subprotocol("") == "");
}
