#include "gateway/config_check.hpp"
#include "tests/support/catch2_any.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace {

gateway::config_reading checked(std::string_view text,
                                const gateway::command_line& arguments = {}) {
    gateway::config_reading reading;
    gateway::read_config_text(reading, text, "test.conf");
    gateway::add_command_line(reading, arguments);
    gateway::check_settings(reading);
    return reading;
}

} // namespace

TEST_CASE("without a listener MQTT and HTTP are served on loopback, open to this machine") {
    const auto reading = checked("");
    CHECK(gateway::report(reading).empty());
    CHECK(reading.settings.local_only);
    CHECK(reading.settings.anonymous_allowed());
    const auto& listeners = reading.settings.listeners;
    REQUIRE(listeners.size() == 4);
    for (std::size_t at = 0; at < 4; ++at) {
        CHECK(listeners[at].bind_address == (at % 2 == 0 ? "127.0.0.1" : "::1"));
        CHECK(listeners[at].required == (at % 2 == 0));
        CHECK(listeners[at].port == (at < 2 ? 1883 : 8080));
        CHECK(listeners[at].protocol ==
              (at < 2 ? gateway::protocol::mqtt : gateway::protocol::http));
    }
}

TEST_CASE("-p takes the place of 1883, and of nothing else") {
    gateway::command_line arguments;
    arguments.ports = {2000, 2001};
    const auto reading = checked("", arguments);
    REQUIRE(reading.settings.listeners.size() == 6);
    CHECK(reading.settings.listeners[0].port == 2000);
    CHECK(reading.settings.listeners[2].port == 2001);
    CHECK(reading.settings.listeners[4].port == 8080);
}

TEST_CASE("-p has no effect beside a listener line, and says so") {
    gateway::command_line arguments;
    arguments.ports = {2000};
    const auto reading = checked("allow_anonymous true\nlistener 1883\n", arguments);
    CHECK(reading.settings.listeners.size() == 1);
    CHECK_FALSE(reading.settings.local_only);
    CHECK(gateway::report(reading) ==
          "sluice: warning: -p: has no effect: the configuration has a listener\n");
}

TEST_CASE("a configured listener is closed to clients without a name until opened") {
    const auto reading = checked("# x\nlistener 1883\n");
    CHECK_FALSE(reading.settings.anonymous_allowed());
    CHECK(gateway::report(reading) ==
          "test.conf:2: warning: allow_anonymous: is false, and there is no password_file: "
          "nobody will be let in\n");
    CHECK(gateway::report(checked("listener 1883\npassword_file /etc/passwords\n")).empty());
    CHECK(checked("listener 1883\nallow_anonymous true\n").settings.anonymous_allowed());
}

TEST_CASE("the same port on the same address twice is a mistake") {
    const auto reading =
        checked("allow_anonymous true\nlistener 1883\nlistener 1883 127.0.0.1\nlistener 1884\n"
                "listener 1883\n");
    CHECK(
        gateway::report(reading) ==
        "test.conf:5: listener: port 1883 on every address is configured twice, first on line 2\n");
    gateway::command_line arguments;
    arguments.ports = {8080};
    CHECK(gateway::report(checked("", arguments))
              .starts_with("sluice: listener: port 8080 on 127.0.0.1 "));
}

TEST_CASE("-v logs everything, whatever the file says") {
    gateway::command_line arguments;
    arguments.verbose = true;
    CHECK(checked("log_type none\n", arguments).settings.log.types.has(gateway::log_type::debug));
    CHECK_FALSE(checked("").settings.log.types.has(gateway::log_type::debug));
}

TEST_CASE("-d with a log that nobody can see is warned of") {
    gateway::command_line arguments;
    arguments.daemon = true;
    CHECK(gateway::report(checked("", arguments))
              .starts_with("sluice: warning: log_dest: in the background"));
    CHECK(gateway::report(checked("log_dest file /var/log/a\n", arguments)).empty());
    CHECK(gateway::report(checked("log_dest syslog\n", arguments)).empty());
    CHECK(checked("", arguments).settings.daemon);
}

TEST_CASE("a password file is read with the configuration, and its mistakes stop the start") {
    const auto load = [](const std::string& users) {
        std::string folder = "/tmp/sluice-conf-XXXXXX";
        REQUIRE(::mkdtemp(folder.data()) != nullptr);
        std::ofstream(folder + "/users") << users;
        std::ofstream(folder + "/conf") << "listener 1883\npassword_file " + folder + "/users\n";
        gateway::command_line arguments;
        arguments.config_file = folder + "/conf";
        auto reading = gateway::load_settings(arguments);
        std::filesystem::remove_all(folder);
        auto report = gateway::report(reading);
        for (auto at = report.find(folder); at != report.npos; at = report.find(folder))
            report.erase(at, folder.size());
        return std::pair(std::move(reading), std::move(report));
    };
    const auto [broken, told] = load("alice:secret\nbob\n");
    CHECK(told == "/users:1: the password is not hashed; \"sluice passwd -U <file>\" hashes every "
                  "password of a file\n/users:2: must be a user name, a colon and a hash\n");
    CHECK(broken.errors.size() == 2);
    CHECK(broken.settings.security.users == nullptr);

    const auto [empty, warned] = load("");
    CHECK(warned == "/users: warning: password_file: holds no users: nobody who gives a name will "
                    "be let in\n");
    REQUIRE(empty.settings.security.users != nullptr);
    CHECK(empty.errors.empty());

    gateway::config_reading reading;
    gateway::read_config_text(reading, "password_file /nowhere/at/all\n", "test.conf");
    CHECK(reading.settings.security.password_file == "/nowhere/at/all");
}

TEST_CASE("a file with mistakes is reported without what would follow from them") {
    gateway::command_line arguments;
    arguments.config_file = "/nowhere/at/all.conf";
    const auto reading = gateway::load_settings(arguments);
    CHECK(gateway::report(reading) ==
          "/nowhere/at/all.conf: cannot be read: No such file or directory\n");
    CHECK(reading.settings.listeners.empty());
}

TEST_CASE("what has no listener line counts for the listeners of this machine") {
    const auto reading = checked("max_qos 1\nmax_connections 7\n");
    CHECK(gateway::report(reading).empty());
    REQUIRE(reading.settings.listeners.size() == 4);
    for (const auto& each : reading.settings.listeners) {
        CHECK(each.limits.max_qos == mqtt::qos::at_least_once);
        CHECK(each.max_connections == 7);
    }
}

TEST_CASE("HTTP on this machine is no way around the certificates of MQTT") {
    const auto reading = checked("cafile ca.crt\ncertfile a.crt\nkeyfile a.key\n"
                                 "require_certificate true\nuse_identity_as_username true\n");
    CHECK(gateway::report(reading).empty());
    REQUIRE(reading.settings.listeners.size() == 4);
    for (const auto& each : reading.settings.listeners)
        CHECK(each.tls.require_certificate);
    const auto by_psk = checked("psk_file psk\npsk_hint hint\n");
    CHECK(gateway::report(by_psk).empty());
    CHECK(by_psk.settings.listeners.size() == 2);
}

TEST_CASE("files that are named are looked for before anything starts") {
    std::string folder = "/tmp/sluice-conf-XXXXXX";
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    std::ofstream(folder + "/a.crt") << "x";
    std::filesystem::create_directory(folder + "/ca");
    std::ofstream(folder + "/conf") << "allow_anonymous true\nlistener 8883\n"
                                    << "certfile " << folder << "/a.crt\n"
                                    << "keyfile " << folder << "/a.key\n"
                                    << "cafile " << folder << "/ca\n"
                                    << "capath " << folder << "/a.crt\n"
                                    << "acl_file " << folder << "/acl\n"
                                    << "plugin " << folder << "/a.so\n"
                                    << "plugin found_by_the_system.so\n";
    gateway::command_line arguments;
    arguments.config_file = folder + "/conf";
    auto report = gateway::report(gateway::load_settings(arguments));
    std::filesystem::remove_all(folder);
    for (auto at = report.find(folder); at != report.npos; at = report.find(folder))
        report.erase(at, folder.size());
    CHECK(report == "/conf:4: keyfile: '/a.key' cannot be read: No such file or directory\n"
                    "/conf:5: cafile: '/ca' is a folder, not a file\n"
                    "/conf:6: capath: '/a.crt' is no folder\n"
                    "/conf:7: acl_file: '/acl' cannot be read: No such file or directory\n"
                    "/conf:8: plugin: '/a.so' cannot be read: No such file or directory\n");
}
