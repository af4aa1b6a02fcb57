// `sluice contrast`: measures, against any MQTT broker, what the same message takes by MQTT and by
// HTTP, and prints it as a table.
#pragma once

#include "gateway/contrast/contrast_table.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

struct contrast_wish {
    contrast_question asked;
    bool json = false;

    // Set where there is nothing to measure: print both texts and end with this code.
    std::optional<int> exit_code;
    std::string output;
    std::string complaint;
};

// arguments[0] is the name of the command. ask: for the password of a user that is named without
// one. thread: one at a time; getopt_long has state of its own.
contrast_wish
read_contrast_arguments(std::vector<std::string> arguments,
                        const std::function<std::optional<std::string>(const std::string&)>& ask);

// `sluice contrast ...` with stdout and stderr. Returns the exit code.
int run_contrast_command(std::vector<std::string> arguments);

} // namespace gateway
