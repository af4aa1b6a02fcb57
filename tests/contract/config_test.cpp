// Holds the option table against the settings it writes, the samples in config/, and itself.
#include "gateway/config_check.hpp"
#include "gateway/config_reference.hpp"
#include "gateway/option_table.hpp"
#include "tests/contract/source_tree.hpp"
#include "tests/support/catch2_any.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

namespace {

template <typename Function>
void for_each_row(Function function) {
    for (const auto& topic : gateway::option_topics())
        for (const auto& row : topic.rows)
            function(row);
}

using values = std::map<std::string_view, std::string>;

values shown(const gateway::settings& all, const gateway::listener& current) {
    values texts;
    for_each_row([&](const auto& row) { texts[row.name] = row.value.show(all, current); });
    return texts;
}

} // namespace

TEST_CASE("the names of options are unique, and sorted within their topic") {
    std::set<std::string_view> seen;
    for (const auto& topic : gateway::option_topics()) {
        std::string_view before;
        for (const auto& row : topic.rows) {
            INFO(topic.title << ": " << row.name);
            CHECK(before < row.name);
            CHECK(seen.insert(row.name).second);
            before = row.name;
        }
    }
}

TEST_CASE("an option is found by its name, also where another row begins the same") {
    for_each_row([](const auto& row) {
        INFO(row.name);
        CHECK(gateway::find_option(row.name) == &row);
    });
    CHECK(gateway::find_option("plugin_opt_config_file")->name == "plugin_opt_*");
    CHECK(gateway::find_option("bridge_of_the_future")->name == "bridge_*");
    CHECK(gateway::find_option("plugin_op") == nullptr);
}

TEST_CASE("each row says what its option is") {
    for_each_row([](const auto& row) {
        INFO(row.name);
        CHECK_FALSE(row.hint.empty());
        CHECK(row.sentence.ends_with('.'));
        CHECK(row.value.apply != nullptr);
        CHECK(row.value.show != nullptr);
    });
}

TEST_CASE("the default text of each option is the default of the settings") {
    const auto defaults = shown({}, {});
    for_each_row([&](const auto& row) {
        INFO(row.name);
        CHECK(row.default_text == defaults.at(row.name));
        if (row.default_text.empty())
            return;
        gateway::settings all;
        gateway::listener current;
        const auto result = row.value.apply({all, &current, {}, row.name, &row}, row.default_text);
        INFO(result.sentence);
        CHECK(result.result == gateway::outcome::kind::taken);
        CHECK(shown(all, current) == defaults);
    });
}

TEST_CASE("what is written from the option table is what it says") {
    for (const auto& [name, wanted] :
         {std::pair("config/sluice.conf", gateway::config_reference()),
          std::pair("docs/configuration.md", gateway::configuration_document()),
          std::pair("tests/fuzz/config.dict", gateway::configuration_dictionary())}) {
        const auto path = contract::root() / name;
        if (std::getenv("SLUICE_REGENERATE") != nullptr)
            std::ofstream(path, std::ios::binary) << wanted;
        INFO("SLUICE_REGENERATE=1 in front of this test writes the file again");
        CHECK(contract::read_text(path) == wanted);
    }
}

TEST_CASE("every option that mosquitto knows has a row") {
    // The names of the manual pages of 2.0 and 2.1, and the old ones that the program still takes.
    const auto names =
        contract::read_text(contract::root() / "tests/contract/mosquitto_options.txt");
    std::size_t count = 0;
    for (std::string_view rest = names; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.empty() || line.front() == '#')
            continue;
        ++count;
        INFO(line);
        const auto* row = gateway::find_option(line);
        REQUIRE(row != nullptr);
        CHECK(row->name == line); // a row of its own
        CHECK(row->origin != gateway::origin::ours);
    }
    CHECK(count >= 140);
}

TEST_CASE("every sample configuration is read without a word") {
    const auto samples = contract::source_files({"config"}, {".conf"});
    CHECK(samples.size() >= 2);
    for (const auto& sample : samples) {
        gateway::command_line arguments;
        arguments.config_file = (contract::root() / sample.path).string();
        CHECK(gateway::report(gateway::load_settings(arguments)).empty());
    }
}

TEST_CASE("every option of the reference is read when it is no comment any more") {
    // Each default as a line of a file: what the reference shows must be what the parser takes.
    std::string text = "per_listener_settings false\nlistener 1\nallow_anonymous true\n";
    for_each_row([&](const auto& row) {
        if (row.name != "per_listener_settings" && !row.default_text.empty() && row.instead.empty())
            text.append(row.name).append(" ").append(row.default_text).append("\n");
    });
    gateway::config_reading reading;
    gateway::read_config_text(reading, text, "defaults");
    CHECK(gateway::report(reading).empty());
}
