// `sluice store`: checks a store, writes it as lines of JSON, and fills one from such lines or from
// mosquitto's database. The way out where a store is damaged, and the way in from mosquitto.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace gateway {

struct store_ends {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
};

// arguments[0] is the name of the command. Returns the exit code: 0, or 1 where something was wrong
// with the store or what is imported, or exit_refused.
// thread: one at a time; getopt has state of its own.
int store_command(std::vector<std::string> arguments, const store_ends& ends);

// `sluice store ...` with stdin, stdout and stderr. Returns the exit code.
int run_store_command(std::vector<std::string> arguments);

} // namespace gateway
