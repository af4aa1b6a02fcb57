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

// The name of a file, in quotes where it could forge a line or steer a terminal.
std::string file_text(const std::string& name);

// "file:line: option: what is wrong", with a word on its weight in front of the option if one is
// given
std::string to_text(const finding& found, std::string_view weight = {});

// A file or folder that an option names.
struct named_file {
    place where;
    std::string option;
    std::string path;
    bool folder = false;
};
inline constexpr std::size_t named_files_max = 10'000;

// Where the files of an include_dir come from. The problem is empty, or the end of a sentence that
// begins with the name.
class file_source {
public:
    virtual ~file_source() = default;
    // The paths of the files in the folder that are to be read, in their order.
    virtual std::vector<std::string> files_of(const std::string& folder, std::string& problem) = 0;
    virtual std::string read(const std::string& path, std::string& text) = 0; // the problem
};

struct config_reading {
    gateway::settings settings;
    std::vector<finding> errors; // with any of these, nothing may be started
    std::vector<finding> warnings;

    // What is said above the first listener line belongs to a listener of its own, which port or
    // bind_address call for.
    listener default_listener;
    bool default_listener_asked = false;
    std::vector<finding> default_options; // which were given to it, besides those two
    std::vector<named_file> named_files;
    file_source* files = nullptr; // null: include_dir is refused
};

// Adds what the text says to the reading, with all that is included. `file` is its name in
// findings.
void read_config_text(config_reading& reading, std::string_view text, const std::string& file);

// As it, from a file, and with include_dir.
void read_config_file(config_reading& reading, const std::string& path);

} // namespace gateway
