#include "gateway/config_file.hpp"
#include "tests/support/catch2_any.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace {

gateway::config_reading read(std::string_view text) {
    gateway::config_reading reading;
    gateway::read_config_text(reading, text, "test.conf");
    return reading;
}

std::vector<std::string> texts(const std::vector<gateway::finding>& findings) {
    std::vector<std::string> all;
    for (const auto& each : findings)
        all.push_back(gateway::to_text(each));
    return all;
}

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("comments, blank lines, both line ends and odd spaces are read") {
    const auto reading = read("\xEF\xBB\xBF# a comment\r\n"
                              "\r\n"
                              "   \t \n"
                              "#listener 1\n"
                              "listener 1883 127.0.0.1\r\n"
                              "  max_qos   1 \n"
                              "max_queued_messages\t7\r\n"
                              "log_dest file /var/log/my broker.log  \r\n"
                              "pid_file /run/a");
    CHECK(texts(reading.errors) == lines{});
    CHECK(texts(reading.warnings) == lines{});
    REQUIRE(reading.settings.listeners.size() == 1);
    CHECK(reading.settings.listeners[0].bind_address == "127.0.0.1");
    CHECK(reading.settings.listeners[0].configured_at.line == 5);
    CHECK(reading.settings.listeners[0].limits.max_qos == mqtt::qos::at_least_once);
    CHECK(reading.settings.limits.max_queued_messages == 7);
    CHECK(reading.settings.log.file == "/var/log/my broker.log");
    CHECK(reading.settings.pid_file == "/run/a");
}

TEST_CASE("a '#' is a comment in the first column only") {
    const auto reading = read(" # not a comment\nauto_id_prefix a#b\n");
    CHECK(texts(reading.errors) == lines{"test.conf:1: a comment must begin in the first column"});
    CHECK(reading.settings.limits.auto_id_prefix == "a#b");
}

TEST_CASE("every mistake of a file is told, each with its line") {
    const auto reading = read("listener 1883\n"
                              "max_paket_size 100\n"
                              "max_packet_size 19\n"
                              "\n"
                              "mount_point a\n"
                              "plugin_opt_colour green\n"
                              "retain_available\n"
                              "completely_made_up 1\n");
    CHECK(
        texts(reading.errors) ==
        lines{
            "test.conf:2: 'max_paket_size': is no option; did you mean \"max_packet_size\"?",
            "test.conf:3: max_packet_size: must be 0 or a number between 20 and 268435460, not "
            "'19'",
            "test.conf:5: mount_point: is not served: listeners have no topics of their own; give "
            "their users some with pattern lines in an acl_file, such as \"pattern readwrite "
            "%u/#\"",
            "test.conf:6: plugin_opt_colour: must follow the plugin line that it belongs to",
            "test.conf:7: retain_available: needs a value: retain_available <true|false>",
            "test.conf:8: 'completely_made_up': is no option",
        });
}

TEST_CASE("a refused option does not show its value, which may be a secret") {
    for (const auto& text : texts(read("remote_password hunter2\nremote_pasword hunter2\n").errors))
        CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("listener options belong to the listener above them") {
    const auto reading = read("listener 1883\n"
                              "max_connections 5\n"
                              "listener 8080\n"
                              "protocol http\n"
                              "http_host a.example\n"
                              "http_host b.example\n"
                              "max_queued_messages 9\n");
    CHECK(texts(reading.errors) == lines{});
    const auto& listeners = reading.settings.listeners;
    REQUIRE(listeners.size() == 2);
    CHECK(listeners[0].max_connections == 5);
    CHECK(listeners[0].protocol == gateway::protocol::mqtt);
    CHECK(listeners[1].max_connections == 0);
    CHECK(listeners[1].protocol == gateway::protocol::http);
    CHECK(listeners[1].http.hosts == lines{"a.example", "b.example"});
    CHECK(reading.settings.limits.max_queued_messages == 9);
}

TEST_CASE("options below a listener line that was refused go to no other listener") {
    const auto reading =
        read("listener 1883\nlistener 99999\nmax_connections 5\nlistener 1884\nmax_qos 0\n");
    CHECK(reading.errors.size() == 1);
    REQUIRE(reading.settings.listeners.size() == 2);
    CHECK(reading.settings.listeners[0].max_connections == 0);
    CHECK(reading.settings.listeners[1].limits.max_qos == mqtt::qos::at_most_once);
}

TEST_CASE("of an option given twice the last line counts, with a warning") {
    const auto reading = read("max_keepalive 10\nmax_keepalive 20\n"
                              "listener 1883\nmax_qos 0\nlistener 1884\nmax_qos 1\nmax_qos 2\n");
    CHECK(reading.settings.limits.max_keepalive == 20);
    CHECK(texts(reading.errors) == lines{});
    CHECK(texts(reading.warnings) ==
          lines{"test.conf:2: max_keepalive: was given on line 1 already; the last one counts",
                "test.conf:7: max_qos: was given on line 6 already; the last one counts"});
}

TEST_CASE("a line has a longest length") {
    const std::string name = "pid_file ";
    const auto longest = name + std::string(gateway::config_line_bytes_max - name.size(), 'a');
    CHECK(texts(read(longest).errors) ==
          lines{"test.conf:1: pid_file: must not be longer than 4096 bytes"});
    CHECK(texts(read(longest + "a").errors) ==
          lines{"test.conf:1: the line is longer than 65536 bytes"});
}

TEST_CASE("a file that is no text is given up after a while") {
    std::string text;
    for (int line = 0; line < 10'000; ++line)
        text.append("a\0b\n", 4);
    const auto reading = read(text);
    CHECK(reading.errors.size() == gateway::config_findings_max + 1);
    CHECK(reading.errors.front().sentence == "the line holds a zero byte; is this a text file?");
    CHECK(reading.errors.back().sentence == "too many mistakes; the rest of the file was not read");
}

TEST_CASE("control characters of a file do not reach the terminal") {
    for (const auto& text : texts(read("\x1b[31mred 1\nretain_available \x1b[31mtrue\n").errors))
        CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("a file that cannot be read is a mistake like others") {
    gateway::config_reading reading;
    gateway::read_config_file(reading, "/nowhere/at/all.conf");
    gateway::read_config_file(reading, "/");
    CHECK(texts(reading.errors) ==
          lines{"/nowhere/at/all.conf: cannot be read: No such file or directory",
                "/: cannot be read: Is a directory"});
}

namespace {

// A folder of files that is gone when the test is over.
class folder {
public:
    folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() { std::filesystem::remove_all(path_); }

    std::string write(const std::string& name, const std::string& text) const {
        const auto path = path_ + "/" + name;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path) << text;
        return path;
    }
    const std::string& path() const { return path_; }

private:
    std::string path_ = "/tmp/sluice-conf-XXXXXX";
};

} // namespace

TEST_CASE("the files of a folder are read in mosquitto's order, and no others") {
    const folder here;
    // The order that mosquitto.conf(5) gives as its example.
    for (const auto* name : {"b", "A", "01", "a", "B", "00"})
        here.write(std::string("conf.d/") + name + ".conf",
                   std::string("http_host ") + name + "\n");
    here.write("conf.d/c.conf.bak", "nonsense\n");
    here.write("conf.d/README", "nonsense\n");
    for (const auto* name : {"00", "01", "A", "a", "B", "b"})
        here.write(std::string("conf.d/") + name + ".conf",
                   "listener 1883 " + std::string(name) + ".example\n");
    const auto path = here.write("main.conf", "listener 1883\ninclude_dir " + here.path() +
                                                  "/conf.d\nmax_qos 1\n");
    gateway::config_reading reading;
    gateway::read_config_file(reading, path);
    CHECK(texts(reading.errors) == lines{});
    lines addresses;
    for (const auto& each : reading.settings.listeners)
        addresses.push_back(each.bind_address);
    CHECK(addresses == lines{"", "00.example", "01.example", "A.example", "a.example", "B.example",
                             "b.example"});
    // What stands below the include_dir line belongs to the listener above it, not to an included
    // one.
    REQUIRE(reading.settings.listeners.size() == 7);
    CHECK(reading.settings.listeners[0].limits.max_qos == mqtt::qos::at_least_once);
    CHECK(reading.settings.listeners[6].limits.max_qos == mqtt::qos::exactly_once);
    CHECK(reading.settings.listeners[6].configured_at.file == here.path() + "/conf.d/b.conf");
}

TEST_CASE("a folder or an included file that cannot be read is a mistake") {
    const folder here;
    std::filesystem::create_directories(here.path() + "/conf.d/folder.conf");
    const auto path = here.write("main.conf", "include_dir " + here.path() + "/none\ninclude_dir " +
                                                  here.path() + "/conf.d\n");
    gateway::config_reading reading;
    gateway::read_config_file(reading, path);
    CHECK(texts(reading.errors) ==
          lines{path + ":1: include_dir: '" + here.path() +
                    "/none' cannot be read: No such file or directory",
                here.path() + "/conf.d/folder.conf: cannot be read: Is a directory"});
}

TEST_CASE("the file of the course is read without a word") {
    const auto reading = read("listener 1883\n"
                              "listener 8883\n"
                              "cafile  certs/ca.crt\n"
                              "certfile certs/hostname.crt\n"
                              "keyfile  certs/hostname.key\n"
                              "listener 9001\n"
                              "protocol websockets\n"
                              "listener 9883\n"
                              "protocol websockets\n"
                              "cafile  certs/ca.crt\n"
                              "certfile certs/hostname.crt\n"
                              "keyfile  certs/hostname.key\n");
    CHECK(texts(reading.errors) == lines{});
    CHECK(texts(reading.warnings) == lines{});
    const auto& listeners = reading.settings.listeners;
    REQUIRE(listeners.size() == 4);
    CHECK_FALSE(listeners[0].tls.any());
    CHECK(listeners[1].tls.by_certificate());
    CHECK(listeners[1].tls.cafile == "certs/ca.crt");
    CHECK_FALSE(listeners[1].tls.require_certificate);
    CHECK_FALSE(listeners[2].tls.any());
    CHECK(listeners[3].protocol == gateway::protocol::websockets);
    CHECK(listeners[3].tls.keyfile == "certs/hostname.key");
    CHECK(reading.named_files.size() == 6);
}

TEST_CASE("options above the first listener line belong to the listener of port") {
    const auto reading = read("max_qos 1\nport 1885\ncertfile a.crt\nkeyfile a.key\n"
                              "listener 1884\nbind_address localhost\nmax_qos 0\n");
    CHECK(texts(reading.errors) == lines{});
    const auto& listeners = reading.settings.listeners;
    REQUIRE(listeners.size() == 2);
    CHECK(listeners[0].port == 1885);
    CHECK(listeners[0].bind_address == "localhost");
    CHECK(listeners[0].limits.max_qos == mqtt::qos::at_least_once);
    CHECK(listeners[0].tls.certfile == "a.crt");
    CHECK(listeners[0].configured_at.line == 2);
    CHECK(listeners[1].limits.max_qos == mqtt::qos::at_most_once);
    CHECK_FALSE(listeners[1].tls.any());
}

TEST_CASE("bind_address alone makes the listener of port 1883") {
    const auto reading = read("bind_address 192.0.2.1\n");
    REQUIRE(reading.settings.listeners.size() == 1);
    CHECK(reading.settings.listeners[0].port == 1883);
    CHECK(reading.settings.listeners[0].bind_address == "192.0.2.1");
}

TEST_CASE("without per_listener_settings security is that of all, wherever it stands") {
    const auto reading = read("listener 1883\npassword_file users\nlistener 1884\nacl_file acl\n"
                              "allow_anonymous true\njwt_key_file key\nauto_id_prefix a-\n"
                              "listener_allow_anonymous false\n");
    CHECK(texts(reading.errors) == lines{});
    const auto& all = reading.settings;
    CHECK(all.security.password_file == "users");
    CHECK(all.security.acl_file == "acl");
    CHECK(all.security.jwt.key_file == "key");
    CHECK(all.limits.auto_id_prefix == "a-");
    REQUIRE(all.listeners.size() == 2);
    CHECK(&all.security_of(all.listeners[1]) == &all.security);
    CHECK(all.anonymous_allowed(all.listeners[0]));
    CHECK_FALSE(all.anonymous_allowed(all.listeners[1]));
}

TEST_CASE("with per_listener_settings security is that of each listener") {
    const auto reading =
        read("per_listener_settings true\n"
             "listener 1883\nallow_anonymous true\nauto_id_prefix a-\n"
             "listener 1884\npassword_file users\nallow_zero_length_clientid false\n"
             "plugin one.so\nplugin_opt_x 1\n"
             "listener 8884\npsk_file psk\nglobal_plugin two.so\nplugin_opt_y 2\n");
    CHECK(texts(reading.errors) == lines{});
    const auto& all = reading.settings;
    REQUIRE(all.listeners.size() == 3);
    CHECK(all.anonymous_allowed(all.listeners[0]));
    CHECK_FALSE(all.anonymous_allowed(all.listeners[1]));
    CHECK(all.security_of(all.listeners[0]).password_file.empty());
    CHECK(all.security_of(all.listeners[1]).password_file == "users");
    CHECK(all.security_of(all.listeners[2]).psk_file == "psk");
    CHECK(all.security.password_file.empty());
    CHECK(all.listeners[0].limits.auto_id_prefix == "a-");
    CHECK_FALSE(all.listeners[1].limits.auto_id_prefix);
    CHECK(all.limits.auto_id_prefix == "auto-");
    CHECK(all.listeners[1].limits.allow_zero_length_clientid == false);
    REQUIRE(all.listeners[1].security.plugins.size() == 1);
    using options = std::vector<std::pair<std::string, std::string>>;
    CHECK(all.listeners[1].security.plugins[0].options == options{{"x", "1"}});
    REQUIRE(all.security.plugins.size() == 1);
    CHECK(all.security.plugins[0].path == "two.so");
    CHECK(all.security.plugins[0].options == options{{"y", "2"}});
}

TEST_CASE("a plugin that was loaded comes with its options to whoever uses it") {
    const auto reading = read("per_listener_settings true\n"
                              "plugin_load shared /usr/lib/a plugin.so\nplugin_opt_file /etc/a b\n"
                              "auth_opt_password secret word\n"
                              "listener 1883\nplugin_use shared\nlistener 1884\n");
    CHECK(texts(reading.errors) == lines{});
    REQUIRE(reading.settings.listeners.size() == 2);
    REQUIRE(reading.settings.listeners[0].security.plugins.size() == 1);
    const auto& used = reading.settings.listeners[0].security.plugins[0];
    CHECK(used.name == "shared");
    CHECK(used.path == "/usr/lib/a plugin.so");
    CHECK(used.options == std::vector<std::pair<std::string, std::string>>{
                              {"file", "/etc/a b"}, {"password", "secret word"}});
    CHECK(reading.settings.listeners[1].security.plugins.empty());
}

TEST_CASE("an option of a plugin for all does not come before per_listener_settings") {
    const auto reading = read("global_plugin a.so\nplugin_opt_x 1\nper_listener_settings true\n"
                              "listener 1883\n");
    CHECK(texts(reading.errors) == lines{});
    CHECK(reading.settings.per_listener_settings);
}

TEST_CASE("of the options of plugins and bridges no value is shown") {
    const auto reading = read("plugin_opt_password hunter2\nauth_opt_ hunter2\nplugin a.so\n"
                              "plugin_opt_ hunter2\nconnection a\nremote_password hunter2\n"
                              "bridge_psk hunter2\n");
    CHECK(reading.errors.size() == 4);
    for (const auto& text : texts(reading.errors))
        CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("tokens are set up in words") {
    const auto reading =
        read("jwt_algorithms ES256, EdDSA ES256\njwt_jwks_file keys\n"
             "jwt_audience my broker\njwt_username_claim email\njwt_acl_claim acl\n");
    CHECK(texts(reading.errors) == lines{});
    const auto& tokens = reading.settings.security.jwt;
    CHECK(tokens.any());
    CHECK(tokens.algorithms == lines{"ES256", "EdDSA"});
    CHECK(tokens.audience == "my broker");
    CHECK(tokens.username_claim == "email");
    CHECK(tokens.acl_claim == "acl");
}
