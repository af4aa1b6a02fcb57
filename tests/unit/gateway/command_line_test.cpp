#include "gateway/command_line.hpp"
#include "tests/support/catch2_any.hpp"

#include <string>
#include <vector>

namespace {

gateway::command_line parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "sluice");
    return gateway::parse_command_line(arguments);
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("without arguments nothing is asked for") {
    const auto parsed = parse({});
    CHECK_FALSE(parsed.exit_code);
    CHECK(parsed.config_file.empty());
    CHECK(parsed.ports.empty());
    CHECK_FALSE(parsed.verbose);
    CHECK_FALSE(parsed.daemon);
    CHECK_FALSE(parsed.test_config);
}

TEST_CASE("an empty argument list is taken as one without options") {
    CHECK_FALSE(gateway::parse_command_line({}).exit_code);
}

TEST_CASE("letters and long names ask for the same") {
    const auto forms =
        GENERATE(std::vector<std::string>{"-c", "a b.conf", "-p", "1884", "-v", "-d"},
                 std::vector<std::string>{"-vdca b.conf", "-p1884"},
                 std::vector<std::string>{"--config-file", "a b.conf", "--port=1884", "--verbose",
                                          "--daemon"});
    const auto parsed = parse(forms);
    CHECK_FALSE(parsed.exit_code);
    CHECK(parsed.config_file == "a b.conf");
    CHECK(parsed.ports == std::vector<std::uint16_t>{1884});
    CHECK(parsed.verbose);
    CHECK(parsed.daemon);
}

TEST_CASE("-p may be given up to ten times") {
    std::vector<std::string> arguments;
    for (int port = 2000; port < 2010; ++port)
        arguments.insert(arguments.end(), {"-p", std::to_string(port)});
    CHECK(parse(arguments).ports.size() == 10);
    arguments.insert(arguments.end(), {"-p", "2010"});
    CHECK(parse(arguments).exit_code == gateway::exit_refused);
}

TEST_CASE("what is no port is refused with the range") {
    const auto* const text = GENERATE("0", "65536", "-1", "1883x", "", "mqtt");
    const auto parsed = parse({"-p", text});
    CHECK(parsed.exit_code == gateway::exit_refused);
    CHECK(holds(parsed.complaint, "-p must be a number between 1 and 65535"));
    CHECK(parsed.output.empty());
}

TEST_CASE("what does not exist is named, with the usage, on stderr") {
    const auto unknown = GENERATE(std::string("-x"), "--colour", "mosquitto.conf", "-vx");
    const auto parsed = parse({unknown});
    CHECK(parsed.exit_code == gateway::exit_refused);
    CHECK(holds(parsed.complaint, "'" + unknown + "' is no option"));
    CHECK(holds(parsed.complaint, "Usage: sluice"));
    CHECK(parsed.output.empty());
}

TEST_CASE("an option that lacks its value is named") {
    const auto parsed = parse({"-v", "-c"});
    CHECK(parsed.exit_code == gateway::exit_refused);
    CHECK(holds(parsed.complaint, "'-c' needs a value"));
    CHECK(parse({"-c", ""}).exit_code == gateway::exit_refused);
}

TEST_CASE("--help goes to stdout and names command line and configuration options") {
    const auto* const form = GENERATE("-h", "--help");
    const auto parsed = parse({form});
    CHECK(parsed.exit_code == 0);
    CHECK(parsed.complaint.empty());
    CHECK(holds(parsed.output, "--test-config"));
    CHECK(holds(parsed.output, "max_packet_size"));
}

TEST_CASE("--version is one line") {
    const auto parsed = parse({"--version"});
    CHECK(parsed.exit_code == 0);
    CHECK(parsed.output.starts_with("sluice "));
    CHECK(parsed.output.find('\n') == parsed.output.size() - 1);
}

TEST_CASE("--test-config is no letter but a wish") {
    CHECK(parse({"--test-config"}).test_config);
}
