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
    std::string_view before;
    for (const auto& listed : gateway::unserved_options) {
        INFO(listed.name);
        CHECK(before < listed.name);
        CHECK(seen.insert(listed.name).second);
        before = listed.name;
    }
}

TEST_CASE("no served option hides behind the pattern of an unserved one") {
    for_each_row([](const auto& row) {
        INFO(row.name);
        CHECK(gateway::find_unserved(row.name) == nullptr);
    });
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
        const bool of_listener = row.scope == gateway::scope::listener;
        const auto result =
            row.value.apply({all, of_listener ? &current : nullptr, {}}, row.default_text);
        INFO(result.sentence);
        CHECK(result.result == gateway::outcome::kind::taken);
        CHECK(shown(all, current) == defaults);
    });
}

TEST_CASE("config/sluice.conf is what the option table says") {
    const auto path = contract::root() / "config" / "sluice.conf";
    const auto wanted = gateway::config_reference();
    if (std::getenv("SLUICE_REGENERATE") != nullptr)
        std::ofstream(path, std::ios::binary) << wanted;
    INFO("SLUICE_REGENERATE=1 in front of this test writes the file again");
    CHECK(contract::read_text(path) == wanted);
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
    std::string text = "listener 1\nallow_anonymous true\n";
    for_each_row([&](const auto& row) {
        if (!row.default_text.empty())
            text.append(row.name).append(" ").append(row.default_text).append("\n");
    });
    gateway::config_reading reading;
    gateway::read_config_text(reading, text, "defaults");
    CHECK(gateway::report(reading).empty());
}
