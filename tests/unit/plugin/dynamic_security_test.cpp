// Debian's own dynamic security plugin, as mosquitto's package brings it.
#include "plugin/dispatcher.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/plugin/recording_broker.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace plugin;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* dynamic_security = SLUICE_DYNAMIC_SECURITY;
const std::string control_topic = "$CONTROL/dynamic-security/v1";

// As `mosquitto_ctrl dynsec init FILE admin swordfish` writes it, but for roles that are not
// needed.
constexpr const char* admin_only = R"({
    "clients": [{"username": "admin", "textName": "Dynsec admin user",
        "password": "dgLvtp4BJVxB+murUoHMkfXmO5kRcOOyafFYPBbvoUiRfG64G1Scg2u+ixUlEInjHlubX5tuJuhxTwKsEUOlTQ==",
        "salt": "9kvthey/5Z5F1sds", "iterations": 101, "roles": [{"rolename": "admin"}]}],
    "roles": [{"rolename": "admin", "acls": [
        {"acltype": "publishClientSend", "topic": "$CONTROL/dynamic-security/#", "allow": true},
        {"acltype": "publishClientReceive", "topic": "#", "allow": true},
        {"acltype": "subscribePattern", "topic": "#", "allow": true}]}],
    "defaultACLAccess": {"publishClientSend": false, "publishClientReceive": true,
        "subscribe": false, "unsubscribe": true}
})";

// A folder of this case, with the plugin's file in it.
struct running_plugin {
    running_plugin() {
        std::string pattern = (fs::temp_directory_path() / "dynsec-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        folder = pattern;
        std::ofstream(file()) << admin_only;
        const auto problems = stage.load({{dynamic_security, {{"config_file", file()}}}});
        INFO((problems.empty() ? "" : problems.front()));
        REQUIRE(problems.empty());
    }
    ~running_plugin() { fs::remove_all(folder); }
    std::string file() const { return (folder / "dynamic-security.json").string(); }

    // Sends a command as the admin and gives back the plugin's response to it.
    json order(const json& command) {
        plugin::message ordered;
        ordered.from = identity_of("ctrl", "admin");
        ordered.topic = control_topic;
        ordered.payload = json{{"commands", json::array({command})}}.dump();
        const auto before = broker.published.size();
        CHECK(stage.control(ordered).reason == mqtt::reason::success);
        REQUIRE(broker.published.size() == before + 1);
        const auto& answer = broker.published.back();
        CHECK(answer.client_id == std::nullopt); // whoever has subscribed to it
        CHECK(answer.topic == control_topic + "/response");
        return json::parse(answer.payload).at("responses").at(0);
    }
    verdict asks(mqtt::operation what, std::string topic) {
        return stage.check({{identity_of("meter-1", "ada"), what, std::move(topic), {}, false, {}}})
            .front();
    }

    fs::path folder;
    recording_broker broker;
    callbacks registry;
    dispatcher stage{broker, registry};
};

bool is_there() {
    if (fs::exists(dynamic_security))
        return true;
    WARN("skipped: " << dynamic_security << " is not there (Debian's package mosquitto)");
    return false;
}

} // namespace

TEST_CASE("Debian's dynamic security plugin lets its admin in, and nobody with a wrong password") {
    if (!is_there())
        return;
    running_plugin with;
    CHECK(with.registry.has(event::basic_auth, 0));
    CHECK(with.registry.has_control(control_topic, 0));
    CHECK(with.stage.basic_auth(credentials_of("ctrl", "admin", "swordfish")).verdict ==
          verdict::granted);
    CHECK(with.stage.basic_auth(credentials_of("ctrl", "admin", "sword")).verdict ==
          verdict::denied);
    CHECK(with.stage.basic_auth(credentials_of("ctrl", "nobody", "x")).verdict != verdict::granted);
    mqtt::credentials anonymous{};
    CHECK(with.stage.basic_auth(anonymous).verdict == verdict::deferred);
}

TEST_CASE("Debian's dynamic security plugin obeys commands, and decides by them") {
    if (!is_there())
        return;
    running_plugin with;
    with.stage.basic_auth(credentials_of("ctrl", "admin", "swordfish"));
    const auto listed = with.order({{"command", "listClients"}});
    CHECK(listed.at("data").at("clients") == json::array({"admin"}));
    for (const json& command :
         {json{{"command", "createClient"}, {"username", "ada"}, {"password", "pw"}},
          json{{"command", "createRole"}, {"rolename", "meter"}},
          json{{"command", "addRoleACL"},
               {"rolename", "meter"},
               {"acltype", "publishClientSend"},
               {"topic", "meters/#"},
               {"allow", true}},
          json{{"command", "addRoleACL"},
               {"rolename", "meter"},
               {"acltype", "subscribePattern"},
               {"topic", "orders/+"},
               {"allow", true}},
          json{{"command", "addRoleACL"},
               {"rolename", "meter"},
               {"acltype", "publishClientReceive"},
               {"topic", "orders/secret"},
               {"allow", false}},
          json{{"command", "addClientRole"}, {"username", "ada"}, {"rolename", "meter"}}}) {
        const auto answer = with.order(command);
        INFO(answer.dump());
        CHECK_FALSE(answer.contains("error"));
    }
    CHECK(with.stage.basic_auth(credentials_of("meter-1", "ada", "pw")).verdict ==
          verdict::granted);
    CHECK(with.asks(mqtt::operation::publish, "meters/1/power") == verdict::granted);
    // What no rule allows is deferred, and nobody else speaks for it.
    CHECK(with.asks(mqtt::operation::publish, "orders/1") == verdict::deferred);
    CHECK(with.asks(mqtt::operation::subscribe, "orders/+") == verdict::granted);
    CHECK(with.asks(mqtt::operation::subscribe, "#") == verdict::deferred);
    CHECK(with.asks(mqtt::operation::receive, "orders/1") == verdict::granted);
    CHECK(with.asks(mqtt::operation::receive, "orders/secret") == verdict::denied);
    CHECK(with.asks(mqtt::operation::publish, control_topic) == verdict::deferred);

    // A client that is taken away is thrown out, and the file has what was ordered.
    CHECK_FALSE(with.order({{"command", "disableClient"}, {"username", "ada"}}).contains("error"));
    REQUIRE_FALSE(with.broker.kicked.empty());
    CHECK(with.broker.kicked.back().whom == kick_order::target::username);
    CHECK(with.broker.kicked.back().name == "ada");
    CHECK(with.stage.basic_auth(credentials_of("meter-1", "ada", "pw")).verdict == verdict::denied);
    std::ifstream saved(with.file());
    CHECK(json::parse(saved).at("clients").size() == 2);
}
