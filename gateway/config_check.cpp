#include "gateway/config_check.hpp"

#include "gateway/config_rules.hpp"
#include "gateway/listener_tls.hpp"
#include "gateway/quoted.hpp"
#include "gateway/security_files.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace gateway {

namespace {

constexpr std::string_view loopback_ipv4 = "127.0.0.1";
constexpr std::string_view loopback_ipv6 = "::1";

// What stands in the file without a listener line counts for these, too.
void add_local_listeners(config_reading& reading, std::uint16_t port, protocol spoken) {
    for (const auto address : {loopback_ipv4, loopback_ipv6}) {
        auto& added = reading.settings.listeners.emplace_back(reading.default_listener);
        added.port = port;
        added.bind_address = std::string(address);
        added.protocol = spoken;
        added.http.upgrade_only = spoken == protocol::websockets;
        added.required = address == loopback_ipv4;
    }
}

std::string address_text(const listener& each) {
    return each.bind_address.empty() ? "every address" : each.bind_address;
}

std::string already_at(const listener& earlier, const listener& later) {
    const auto& first = earlier.configured_at;
    if (first.line == 0)
        return {};
    return fmt::format(", first on line {}{}", first.line,
                       first.file == later.configured_at.file ? ""
                                                              : " of " + file_text(first.file));
}

void check_duplicates(config_reading& reading) {
    const auto& listeners = reading.settings.listeners;
    for (auto later = listeners.begin(); later != listeners.end(); ++later) {
        const auto earlier = std::find_if(listeners.begin(), later, [&](const listener& each) {
            return each.port == later->port && each.bind_address == later->bind_address &&
                   each.unix_path == later->unix_path &&
                   each.bind_interface == later->bind_interface && each.domain == later->domain;
        });
        if (earlier == later)
            continue;
        auto sentence = later->port == 0 ? fmt::format("the Unix socket {} is configured twice",
                                                       quoted(later->unix_path))
                                         : fmt::format("port {} on {} is configured twice",
                                                       later->port, address_text(*later));
        reading.errors.push_back(
            {later->configured_at, "listener", sentence + already_at(*earlier, *later)});
    }
}

// Whether a client of the listener has any way to get in. A plugin may know one.
bool is_closed(const settings& all, const listener& each) {
    const auto& rules = all.security_of(each);
    const bool by_tls = each.tls.use_identity_as_username || each.tls.use_subject_as_username;
    return !all.anonymous_allowed(each) && rules.password_file.empty() && rules.plugins.empty() &&
           all.security.plugins.empty() && !rules.jwt.any() && !by_tls;
}

void warn_of_closed_doors(config_reading& reading) {
    const auto& all = reading.settings;
    const auto warn = [&](const listener& each, const char* sentence) {
        reading.warnings.push_back({each.configured_at, "allow_anonymous", sentence});
    };
    const auto closed = [&](const listener& each) { return is_closed(all, each); };
    if (all.listeners.empty())
        return;
    if (std::all_of(all.listeners.begin(), all.listeners.end(), closed))
        return warn(all.listeners.front(),
                    "is false, and there is no password_file: nobody will be let in");
    for (const auto& each : all.listeners)
        if (closed(each))
            warn(each, "is false, and there is no password_file: nobody will be let in here");
}

// What cannot be opened is known now, and not when the first client comes.
void check_named_files(config_reading& reading) {
    for (const auto& each : reading.named_files) {
        const auto complain = [&](const std::string& sentence) {
            reading.errors.push_back({each.where, each.option, quoted(each.path) + sentence});
        };
        struct stat found {};
        if (::stat(each.path.c_str(), &found) != 0)
            complain(" cannot be read: " + std::generic_category().message(errno));
        else if (each.folder != S_ISDIR(found.st_mode))
            complain(each.folder ? " is no folder" : " is a folder, not a file");
        else if (::access(each.path.c_str(), each.folder ? R_OK | X_OK : R_OK) != 0)
            complain(" cannot be read: " + std::generic_category().message(errno));
    }
}

// Said before anybody is let in, and not when the first message has to be kept.
void check_store(config_reading& reading) {
    const auto& all = reading.settings;
    if (!all.persistence)
        return;
    struct stat found {};
    const auto& folder = all.store.folder;
    const auto complain = [&](const std::string& sentence) {
        reading.errors.push_back({{}, "persistence_location", quoted(folder) + sentence});
    };
    if (::stat(folder.c_str(), &found) != 0)
        complain(" cannot hold the store: " + std::generic_category().message(errno));
    else if (!S_ISDIR(found.st_mode))
        complain(" cannot hold the store: it is no folder");
}

void warn_of_lost_log(config_reading& reading) {
    const auto& all = reading.settings;
    const bool seen = !all.log.file.empty() || all.log.to_syslog || all.log.to_topic;
    if (all.daemon && !seen && (all.log.to_stderr || all.log.to_stdout))
        reading.warnings.push_back(
            {{},
             "log_dest",
             "in the background nobody sees stdout and stderr; write \"log_dest file <path>\" or "
             "\"log_dest syslog\""});
}

} // namespace

void add_command_line(config_reading& reading, const command_line& arguments) {
    auto& all = reading.settings;
    all.daemon = arguments.daemon;
    if (arguments.verbose)
        all.log.types.add_all();
    if (!all.listeners.empty()) {
        if (!arguments.ports.empty())
            reading.warnings.push_back(
                {{}, "-p", "has no effect: the configuration has a listener"});
        return;
    }
    all.local_only = true;
    for (const auto port : arguments.ports)
        add_local_listeners(reading, port, reading.default_listener.protocol);
    if (arguments.ports.empty())
        add_local_listeners(reading, mqtt_port, reading.default_listener.protocol);
    if (!reading.default_listener.tls.by_psk()) // browsers know certificates only
        add_local_listeners(reading, http_port, protocol::http);
}

void check_settings(config_reading& reading) {
    check_duplicates(reading);
    check_rules(reading);
    check_store(reading);
    warn_of_closed_doors(reading);
    warn_of_lost_log(reading);
}

config_reading load_settings(const command_line& arguments) {
    config_reading reading;
    if (!arguments.config_file.empty())
        read_config_file(reading, arguments.config_file);
    // Otherwise a file whose only listener line is wrong would be told about listeners that it
    // never asked for.
    if (!reading.errors.empty())
        return reading;
    add_command_line(reading, arguments);
    check_settings(reading);
    check_named_files(reading);
    check_store(reading);
    if (reading.errors.empty()) // else what can't be read would be told twice
        read_security_files(reading);
    if (reading.errors.empty()) // so that --test-config knows, and the start
        make_tls(reading.settings, {}, reading.errors);
    return reading;
}

std::string report(const config_reading& reading) {
    std::string text;
    for (const auto& each : reading.errors)
        text += to_text(each) + "\n";
    for (const auto& each : reading.warnings)
        text += to_text(each, "warning: ") + "\n";
    return text;
}

} // namespace gateway
