// Reads a configuration file in mosquitto's form: one option a line, a comment where the very first
// character is '#'. Collects everything that is wrong instead of stopping at the first; starts
// nothing.
#pragma once

#include "gateway/settings.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

inline constexpr std::size_t config_file_bytes_max = 4'194'304;
inline constexpr std::size_t config_line_bytes_max = 65'536;
// A file that is no configuration at all must not fill the screen.
inline constexpr std::size_t config_findings_max = 100;

// Something to tell the operator about a configuration.
struct finding {
    place where;
    std::string option; // empty: about the line or the file
    std::string sentence;
};

// "file:line: option: what is wrong", with a word on its weight in front of the option if one is
// given
std::string to_text(const finding& found, std::string_view weight = {});

struct config_reading {
    gateway::settings settings;
    std::vector<finding> errors; // with any of these, nothing may be started
    std::vector<finding> warnings;
};

// Adds what the text says to the reading. `file` is its name in findings.
void read_config_text(config_reading& reading, std::string_view text, const std::string& file);

void read_config_file(config_reading& reading, const std::string& path);

} // namespace gateway
