#include "gateway/config_file.hpp"
#include "tests/support/catch2_any.hpp"

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
    const auto reading = read("max_paket_size 100\n"
                              "max_packet_size 19\n"
                              "\n"
                              "max_connections 5\n"
                              "auth_plugin /usr/lib/a.so\n"
                              "bind_address 127.0.0.1\n"
                              "plugin_opt_colour green\n"
                              "retain_available\n"
                              "completely_made_up 1\n");
    CHECK(texts(reading.errors) ==
          lines{
              "test.conf:1: 'max_paket_size': is no option; did you mean \"max_packet_size\"?",
              "test.conf:2: max_packet_size: must be 0 or a number between 20 and 268435460, not "
              "'19'",
              "test.conf:4: max_connections: must follow a listener line",
              "test.conf:5: auth_plugin: is known to mosquitto; Sluice does not serve it yet",
              "test.conf:6: bind_address: is known to mosquitto; Sluice does not serve it yet; "
              "write \"listener <port> <address>\"",
              "test.conf:7: plugin_opt_colour: is known to mosquitto; Sluice does not serve it yet",
              "test.conf:8: retain_available: needs a value: retain_available <true|false>",
              "test.conf:9: 'completely_made_up': is no option",
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
