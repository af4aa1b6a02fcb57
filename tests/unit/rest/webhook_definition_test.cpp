// What a webhook is, where it may call, and how its calls are signed.
#include "rest/webhooks/definition.hpp"
#include "rest/webhooks/signature.hpp"
#include "rest/webhooks/target.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

using namespace rest::webhooks;
using nlohmann::json;

namespace {

json least() {
    return {{"url", "https://example.org/hook?key=1"}, {"filters", {"alarm/#"}}};
}

std::string detail_of(const json& body) {
    const auto read = parse_definition("night", body.dump(), nullptr);
    return read ? "" : read.error().detail;
}

bool allowed(const char* address, const std::vector<std::string>& rules = {},
             bool encrypted = true) {
    return address_rules(rules).allows(boost::asio::ip::make_address(address), encrypted);
}

} // namespace

TEST_CASE("a webhook needs a URL and filters, and everything else has a default", "[webhook]") {
    const auto read = parse_definition("night", least().dump(), nullptr);
    REQUIRE(read.has_value());
    CHECK(read->filters == std::vector<std::string>{"alarm/#"});
    CHECK(read->qos == mqtt::qos::at_least_once);
    CHECK(read->format == body_format::json);
    CHECK(read->messages_per_call() == 1);
    CHECK(read->timeout == std::chrono::seconds(15));
    CHECK(read->max_inflight == 4);
    CHECK(read->order == delivery_order::topic);
    CHECK(read->max_queued == 10'000);
    CHECK(read->dead_letter == "dead/night");
    CHECK_FALSE(read->reply);
}

TEST_CASE("what does not belong into a webhook is named", "[webhook]") {
    const auto with = [](const char* name, json value) {
        auto body = least();
        body[name] = std::move(value);
        return detail_of(body);
    };
    CHECK(with("filter", "a") == "'filter' is not a member of a webhook");
    CHECK(with("filters", json::array()) == "'filters' is a list of 1 to 100 topic filters");
    CHECK(with("filters", {"a/#/b"}) == "'filters' has something that is no topic filter");
    CHECK(with("filters", {"$share/g/a/#"}).empty());
    CHECK(with("qos", 3) == "'qos' is a whole number from 0 to 2");
    CHECK(with("format", "xml") == "'format' is raw, json or cloudevents");
    CHECK(with("timeout", 0) == "'timeout' is a whole number from 1 to 60");
    CHECK(with("secret", "short") == "'secret' is a text of 8 to 512 bytes");
    CHECK(with("secret", {"12345678", "abcdefgh", "ABCDEFGH"}) != "");
    CHECK(with("batch", {{"max", 10}, {"lingers", 1}}) ==
          "'batch' has a member that 'lingers' is not a member of a webhook");
    CHECK(with("dead_letter", "a/#") ==
          "'dead_letter' is a topic name that does not begin with '$'");
    CHECK(with("reply", 1) == "'reply' is true or false");
    auto raw = least();
    raw["format"] = "raw";
    raw["batch"] = {{"max", 10}};
    CHECK(detail_of(raw) != "");
    CHECK(detail_of(json::array()) == "It is not a JSON object");
    CHECK(parse_definition("night", "{", nullptr).error().detail == "It is not JSON");
    CHECK_FALSE(is_webhook_name("a/b"));
    CHECK_FALSE(is_webhook_name(".."));
    CHECK(is_webhook_name("night-shift_2.1"));
}

TEST_CASE("a webhook comes back from the store whole, and is shown without its secret",
          "[webhook]") {
    auto body = least();
    body["secret"] = {"the old secret", "the new secret"};
    body["batch"] = {{"max", 7}, {"linger_ms", 20}};
    body["order"] = "all";
    auto made = parse_definition("night", body.dump(), nullptr);
    REQUIRE(made.has_value());
    made->username = "ann";
    made->realm = 3;
    made->disabled = true;
    const auto back = from_stored_text("night", stored_text(*made));
    REQUIRE(back);
    CHECK(stored_text(*back) == stored_text(*made));
    CHECK(back->secrets == made->secrets);
    CHECK(back->username == "ann");
    CHECK(back->realm == 3);
    CHECK(back->disabled);
    CHECK(back->linger == std::chrono::milliseconds(20));
    CHECK(shown(*made).dump().find("secret\":\"********\"") != std::string::npos);
    CHECK(shown(*made).dump().find("the ") == std::string::npos);
    CHECK_FALSE(from_stored_text("night", "{}"));
    CHECK_FALSE(from_stored_text("night", "no JSON"));
}

TEST_CASE("the mask in the place of a secret means the one that is there", "[webhook]") {
    auto body = least();
    body["secret"] = "a secret of mine";
    const auto before = parse_definition("night", body.dump(), nullptr);
    body["secret"] = secret_mask;
    CHECK(parse_definition("night", body.dump(), &*before)->secrets == before->secrets);
    CHECK(parse_definition("night", body.dump(), nullptr)->secrets.empty());
    CHECK(parse_definition("night", least().dump(), &*before)->secrets.empty());
}

TEST_CASE("a URL is taken apart, and one that tells secrets or leads nowhere is refused",
          "[webhook]") {
    const auto where = parse_target("https://example.org:8443/a/b?key=1");
    REQUIRE(where.has_value());
    CHECK(where->encrypted);
    CHECK(where->host == "example.org");
    CHECK(where->port == "8443");
    CHECK(where->authority == "example.org:8443");
    CHECK(where->resource == "/a/b?key=1");
    CHECK(where->shown == "https://example.org:8443/a/b");
    CHECK_FALSE(where->literal);
    CHECK(parse_target("http://example.org")->resource == "/");
    CHECK(parse_target("http://example.org")->port == "80");
    CHECK(parse_target("http://example.org:/")->port == "80");
    CHECK(parse_target("https://[::1]/")->literal->to_string() == "::1");
    CHECK(parse_target("https://127.0.0.1/")->literal->to_string() == "127.0.0.1");
    for (const auto* bad :
         {"", "example.org", "ftp://example.org/", "https://ann:pass@example.org/",
          "https://example.org/#part", "https:///path", "https://example.org:0/",
          "https://example.org:99999/", "https://exa mple.org/", "https://ex%C3%A4mple.org/",
          "https://a\r\nb/"}) {
        INFO(bad);
        CHECK_FALSE(parse_target(bad).has_value());
    }
}

TEST_CASE("only public addresses are called unless the operator allows others", "[webhook]") {
    for (const auto* address : {"8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1",
                                "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
        INFO(address);
        CHECK(allowed(address));
        CHECK_FALSE(allowed(address, {}, false)); // not without TLS
    }
    for (const auto* address :
         {"127.0.0.1",       "127.255.255.254", "0.0.0.0",         "10.1.2.3",   "172.16.0.1",
          "172.31.255.255",  "192.168.1.1",     "169.254.169.254", "100.64.0.1", "100.127.255.255",
          "224.0.0.1",       "255.255.255.255", "198.18.0.1",      "::1",        "::",
          "fe80::1",         "fc00::1",         "fd12::1",         "ff02::1",    "::ffff:127.0.0.1",
          "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",   "2001::1",    "2001:db8::1",
          "::127.0.0.1"}) {
        INFO(address);
        CHECK_FALSE(allowed(address));
    }
    CHECK(allowed("10.1.2.3", {"10.0.0.0/8"}));
    CHECK(allowed("10.1.2.3", {"10.0.0.0/8"}, false));
    CHECK(allowed("::ffff:10.1.2.3", {"10.0.0.0/8"}, false));
    CHECK_FALSE(allowed("11.1.2.3", {"10.0.0.0/8"}, false));
    CHECK(allowed("192.168.1.7", {"10.0.0.0/8", "192.168.1.7"}));
    CHECK_FALSE(allowed("192.168.1.6", {"192.168.1.7"}));
    CHECK(allowed("fd12::1", {"fd12::/16"}));
    CHECK_FALSE(allowed("10.1.2.3", {"fd12::/16"}));
    CHECK(is_network("10.0.0.0/8"));
    CHECK(is_network("::1"));
    CHECK_FALSE(is_network("10.0.0.0/33"));
    CHECK_FALSE(is_network("10.0.0/8"));
    CHECK_FALSE(is_network("example.org"));
    CHECK_FALSE(is_network("10.0.0.0/"));
}

TEST_CASE("a call is signed as Standard Webhooks has it", "[webhook]") {
    const std::vector<std::string> secrets{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                           "a plain secret"};
    CHECK(signature_of({secrets.data(), 1}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330,
                       R"({"test": 2432232314})") ==
          "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    CHECK(signature_of({secrets.data() + 1, 1}, "night-k7-1", 1'795'361'445, "21.5") ==
          "v1,zPioiwWOLd9mUJ0E/HhiPpiDyov0SI8krQSmz8K6DP8=");
    const auto both = signature_of(secrets, "a", 1, "b");
    CHECK(both.starts_with("v1,"));
    CHECK(both.find(" v1,") != std::string::npos);
    CHECK(signature_of({}, "a", 1, "b").empty());
}
