// Reads the configuration again while the process runs, and puts in force what mosquitto reloads:
// users, rights, keys, certificates, the log. All of it or, where anything is wrong, nothing.
#pragma once

#include "gateway/config_file.hpp"
#include "gateway/listener_tls.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gateway {

// What a reload has found, before anything is in force.
struct fresh_rules {
    settings read;
    std::vector<std::shared_ptr<const tls_context>> tls; // by listener of the running settings;
                                                         // null: it has no TLS
    std::vector<std::string> problems;                   // with any of these the old rules stay
    std::vector<std::string> notes;                      // what was changed and needs a restart
};

// requires: running outlives the call. Reads files: not for a shard's thread.
fresh_rules read_again(const settings& running, const std::function<config_reading()>& reread,
                       const std::vector<tls_context::psk_asker>& askers);

} // namespace gateway
