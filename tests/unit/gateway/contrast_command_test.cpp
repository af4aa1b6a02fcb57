// The arguments of `sluice contrast`. What it measures is asked in tests/integration.
#include "gateway/command_line.hpp"
#include "gateway/contrast/contrast_command.hpp"
#include "tests/support/catch2_any.hpp"

namespace {

gateway::contrast_wish read(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "contrast");
    return gateway::read_contrast_arguments(std::move(arguments),
                                            [](const std::string&) { return "asked for"; });
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

TEST_CASE("sluice contrast takes mosquitto's letters and its own words") {
    const auto wanted =
        read({"-h", "broker", "-p", "1884", "--http-port=0", "-t", "a/b", "--size", "100",
              "--receivers", "1000", "--seconds", "0", "-u", "ann", "-P", "secret", "--json"});
    REQUIRE_FALSE(wanted.exit_code);
    const auto& asked = wanted.asked;
    CHECK(asked.host == "broker");
    CHECK(asked.port == 1884);
    CHECK(asked.http_port == 0);
    CHECK(asked.topic == "a/b");
    CHECK(asked.size == 100);
    CHECK(asked.receivers == 1000);
    CHECK(asked.seconds == 0);
    CHECK(asked.username == "ann");
    CHECK(asked.password == "secret");
    CHECK(wanted.json);
    CHECK_FALSE(asked.local);
}

TEST_CASE("sluice contrast asks for the password of a user that has none on the command line") {
    CHECK(read({"-u", "ann"}).asked.password == "asked for");
    CHECK(read({}).asked.password.empty());
    const auto refused = gateway::read_contrast_arguments(
        {"contrast", "-u", "ann"}, [](const std::string&) { return std::nullopt; });
    CHECK(refused.exit_code == gateway::exit_refused);
}

TEST_CASE("sluice contrast refuses what it can't measure, in a sentence") {
    const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes{
        {{"--port", "0"}, "--port must be"},
        {{"--port", "65536"}, "--port must be"},
        {{"--http-port", "x"}, "--http-port must be"},
        {{"--size", "0"}, "--size must be"},
        {{"--size", "16385"}, "--size must be"},
        {{"--receivers", "1001"}, "--receivers must be"},
        {{"--seconds", "-1"}, "--seconds must be"},
        {{"--topic", "a/+"}, "--topic must be"},
        {{"--topic", ""}, "--topic must be"},
        {{"--topic", "$SYS/x"}, "--topic must be"},
        {{"--topic"}, "'--topic' needs a value"},
        {{"--nonsense"}, "'--nonsense' is no option"},
        {{"word"}, "'word' is no option"}};
    for (const auto& [arguments, sentence] : mistakes) {
        const auto wanted = read(arguments);
        CAPTURE(arguments, wanted.complaint);
        CHECK(wanted.exit_code == gateway::exit_refused);
        CHECK(holds(wanted.complaint, sentence));
        CHECK(holds(wanted.complaint, "Usage: sluice contrast"));
    }
}

TEST_CASE("sluice contrast --help says what it does and ends well") {
    const auto wanted = read({"--help"});
    CHECK(wanted.exit_code == 0);
    CHECK(holds(wanted.output, "--receivers"));
    CHECK(wanted.complaint.empty());
}

} // namespace
