// What `sluice certs` tells its user to try next: lines for mosquitto.conf and for a terminal, to
// be copied as they stand.
#pragma once

#include "gateway/certs_folder.hpp"

#include <string>
#include <vector>

namespace gateway {

std::string certs_usage();
std::string certs_help();

// server: what its files are called; empty: none was asked for.
std::string next_steps(const certs_folder& folder, const std::string& server,
                       const std::vector<std::string>& clients);
std::string next_steps_after_revoking(const certs_folder& folder);
// Holds the key: for the eyes of who has just made it.
std::string next_steps_with_psk(const certs_folder& folder, const std::string& file,
                                const std::string& identity, const std::string& hex_key);

} // namespace gateway
