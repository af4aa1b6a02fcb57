// The arguments of the program, with mosquitto's letters and meanings. Only takes them apart: reads
// no file, prints nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

inline constexpr std::size_t command_line_ports_max = 10;
inline constexpr int exit_refused =
    3; // a mistake on the command line or in the configuration, as mosquitto says it

struct command_line {
    std::string config_file; // -c; empty: none
    std::vector<std::uint16_t>
        ports;                // -p, instead of 1883; they count where no listener is configured
    bool verbose = false;     // -v
    bool daemon = false;      // -d
    bool test_config = false; // --test-config

    // Set where there is nothing more to do: print both texts and end with this code.
    std::optional<int> exit_code;
    std::string output;    // for stdout
    std::string complaint; // for stderr
};

// arguments[0] is the name of the program.
// thread: one at a time; getopt_long has state of its own.
command_line parse_command_line(std::vector<std::string> arguments);

std::string help_text();
std::string version_text();

} // namespace gateway
