// `sluice passwd`: makes and changes password files, with the letters and meanings of
// mosquitto_passwd. A file is replaced whole or stays as it was.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

// Asks for a line and does not show it; nothing: there is none to be had.
using secret_question = std::function<std::optional<std::string>(const std::string& prompt)>;

struct password_outcome {
    int exit_code = 0;
    std::string output;    // for stdout
    std::string complaint; // for stderr
};

// arguments[0] is the name of the command.
// thread: one at a time; getopt has state of its own.
password_outcome password_command(std::vector<std::string> arguments, const secret_question& ask);

// On the terminal if there is one, without echo; else the next line of stdin.
std::optional<std::string> ask_terminal(const std::string& prompt);

// `sluice passwd ...` with stdin, stdout and stderr. Returns the exit code.
int run_password_command(std::vector<std::string> arguments);

} // namespace gateway
