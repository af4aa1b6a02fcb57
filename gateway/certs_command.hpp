// `sluice certs`: a CA of one's own, certificates for the broker and its clients, the list of the
// revoked, and pre-shared keys; without openssl at hand. Never overwrites a key or a certificate.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <vector>

namespace gateway {

inline constexpr std::size_t certs_hosts_max = 100;
inline constexpr std::size_t certs_clients_max = 100;

struct certs_surroundings {
    std::string host_name; // of this machine
    std::time_t now;
};

struct certs_outcome {
    int exit_code = 0;
    std::string output;    // for stdout
    std::string complaint; // for stderr
};

// arguments[0] is the name of the command.
// thread: one at a time; getopt has state of its own.
certs_outcome certs_command(std::vector<std::string> arguments, const certs_surroundings& around);

// `sluice certs ...` with stdout and stderr. Returns the exit code.
int run_certs_command(std::vector<std::string> arguments);

} // namespace gateway
