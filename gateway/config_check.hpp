// From the command line to settings that can be started: the file, then what the command line adds,
// then the listeners that stand where none is configured, then what only the whole can show to be
// wrong.
#pragma once

#include "gateway/command_line.hpp"
#include "gateway/config_file.hpp"

#include <string>

namespace gateway {

config_reading load_settings(const command_line& arguments);

// Every error, then every warning, a line each.
std::string report(const config_reading& reading);

// For the parts of load_settings that need no file.
void add_command_line(config_reading& reading, const command_line& arguments);
void check_settings(config_reading& reading);

} // namespace gateway
