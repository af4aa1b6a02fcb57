// Plays tests/unit/gateway/bad_configurations.txt: configurations with something wrong in them, and
// what the operator is told, to the letter. The form of that file is described at its top.
#include "gateway/config_check.hpp"
#include "tests/support/catch2_any.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace {

struct bad_configuration {
    std::string title;
    std::map<std::string, std::string> files; // "test.conf" and those that it includes
    std::string wanted;
};

// "\xHH" stands for a byte.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text.substr(at, 2) != "\\x" || at + 4 > text.size()) {
            plain.push_back(text[at]);
            continue;
        }
        plain.push_back(
            static_cast<char>(std::stoi(std::string(text.substr(at + 2, 2)), nullptr, 16)));
        at += 3;
    }
    return plain;
}

std::vector<bad_configuration> all_configurations() {
    std::ifstream file(SLUICE_SOURCE_DIR "/tests/unit/gateway/bad_configurations.txt");
    REQUIRE(file);
    std::vector<bad_configuration> all;
    std::string name;
    for (std::string line; std::getline(file, line);) {
        const auto rest = line.size() > 2 ? line.substr(2) : std::string();
        if (line.empty() || line[0] == '#')
            continue;
        INFO(line);
        REQUIRE((line[0] == '=' || !all.empty()));
        if (line[0] == '=') {
            all.push_back({rest, {{"test.conf", ""}}, ""});
            name = "test.conf";
        } else if (line[0] == '@') {
            name = rest;
        } else if (line[0] == '|') {
            all.back().files[name] += unescaped(rest) + "\n";
        } else {
            REQUIRE(line[0] == '>');
            all.back().wanted += rest + "\n";
        }
    }
    return all;
}

class files_of_a_case : public gateway::file_source {
public:
    explicit files_of_a_case(const bad_configuration& subject) : subject_(subject) {}

    std::vector<std::string> files_of(const std::string& folder, std::string& problem) override {
        std::vector<std::string> names;
        for (const auto& [name, text] : subject_.files)
            if (name.starts_with(folder + "/"))
                names.push_back(name);
        if (names.empty())
            problem = "cannot be read: No such file or directory";
        return names;
    }
    std::string read(const std::string& path, std::string& text) override {
        text = subject_.files.at(path);
        return {};
    }

private:
    const bad_configuration& subject_;
};

std::string told(const bad_configuration& subject) {
    files_of_a_case files(subject);
    gateway::config_reading reading;
    reading.files = &files;
    gateway::read_config_text(reading, subject.files.at("test.conf"), "test.conf");
    if (reading.errors.empty()) {
        gateway::add_command_line(reading, {});
        gateway::check_settings(reading);
    }
    return gateway::report(reading);
}

bool is_refused(const bad_configuration& subject) {
    for (std::string_view rest = subject.wanted; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        if (line.find(": warning: ") == line.npos)
            return true;
    }
    return false;
}

} // namespace

TEST_CASE("of each bad configuration the operator is told what is wrong, where, and what to do") {
    const auto all = all_configurations();
    for (const auto& subject : all) {
        INFO(subject.title);
        CHECK_FALSE(subject.wanted.empty());
        CHECK(told(subject) == subject.wanted);
    }
    CHECK(std::count_if(all.begin(), all.end(), is_refused) >= 150);
}

TEST_CASE("no two bad configurations are the same") {
    std::map<std::string, std::string> seen;
    for (const auto& subject : all_configurations()) {
        std::string text;
        for (const auto& [name, lines] : subject.files)
            text += name + "\n" + lines;
        INFO(subject.title << ", " << seen[text]);
        CHECK(seen[text].empty());
        seen[text] = subject.title;
    }
}
