// The configuration as administrators see it: what is in force, and no secret.
#include "gateway/office.hpp"
#include "tests/support/catch2_any.hpp"

#include <algorithm>
#include <string>

using namespace gateway;

namespace {

std::string value_of(const rest::configuration_text::options& options, const std::string& name) {
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&](const auto& each) { return each.first == name; });
    return found == options.end() ? "missing" : found->second;
}

} // namespace

TEST_CASE("the effective options are those of the process, and those of each listener") {
    settings running;
    running.io_threads = 3;
    running.security.acl_file = "/etc/acl";
    listener plain;
    plain.bind_address = "127.0.0.1";
    listener web;
    web.port = 0;
    web.unix_path = "/run/web";
    web.protocol = protocol::http;
    running.listeners = {plain, web};
    const auto shown = configuration_of(running);
    CHECK(value_of(shown.global, "io_threads") == "3");
    CHECK(value_of(shown.global, "acl_file") == "/etc/acl");
    CHECK(value_of(shown.global, "protocol") == "missing");
    REQUIRE(shown.listeners.size() == 2);
    CHECK(value_of(shown.listeners[0], "listener") == "1883 127.0.0.1");
    CHECK(value_of(shown.listeners[0], "protocol") == "mqtt");
    CHECK(value_of(shown.listeners[1], "listener") == "0 /run/web");
    CHECK(value_of(shown.listeners[1], "protocol") == "http");
    CHECK(value_of(shown.listeners[1], "acl_file") == "missing");
}

TEST_CASE("with per_listener_settings the files are those of the listener") {
    settings running;
    running.per_listener_settings = true;
    listener one;
    one.security.acl_file = "/etc/one";
    running.listeners = {one};
    const auto shown = configuration_of(running);
    CHECK(value_of(shown.global, "acl_file") == "missing");
    CHECK(value_of(shown.listeners[0], "acl_file") == "/etc/one");
}

TEST_CASE("options of plugins, which may be secrets, are shown nowhere") {
    settings running;
    plugin_settings plugin;
    plugin.path = "/lib/p.so";
    plugin.options.emplace_back("db_password", "geheim");
    running.security.plugins = {plugin};
    for (const auto& [name, value] : configuration_of(running).global) {
        INFO(name);
        CHECK(value.find("geheim") == std::string::npos);
    }
}
