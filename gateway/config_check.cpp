#include "gateway/config_check.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace gateway {

namespace {

constexpr std::string_view loopback_ipv4 = "127.0.0.1";
constexpr std::string_view loopback_ipv6 = "::1";

void add_local_listeners(settings& all, std::uint16_t port, protocol spoken) {
    for (const auto address : {loopback_ipv4, loopback_ipv6}) {
        auto& added = all.listeners.emplace_back();
        added.port = port;
        added.bind_address = std::string(address);
        added.protocol = spoken;
        added.required = address == loopback_ipv4;
    }
}

std::string address_text(const listener& each) {
    return each.bind_address.empty() ? "every address" : each.bind_address;
}

void check_duplicates(config_reading& reading) {
    const auto& listeners = reading.settings.listeners;
    for (auto later = listeners.begin(); later != listeners.end(); ++later) {
        const auto earlier = std::find_if(listeners.begin(), later, [&](const listener& each) {
            return each.port == later->port && each.bind_address == later->bind_address;
        });
        if (earlier == later)
            continue;
        auto sentence =
            fmt::format("port {} on {} is configured twice", later->port, address_text(*later));
        if (earlier->configured_at.line > 0)
            sentence += fmt::format(", first on line {}", earlier->configured_at.line);
        reading.errors.push_back({later->configured_at, "listener", std::move(sentence)});
    }
}

void warn_of_closed_doors(config_reading& reading) {
    const auto& all = reading.settings;
    if (all.anonymous_allowed() || all.listeners.empty() || !all.security.password_file.empty())
        return;
    reading.warnings.push_back({all.listeners.front().configured_at, "allow_anonymous",
                                "is false, and there is no password_file: nobody will be let in"});
}

void read_password_file(config_reading& reading) {
    auto& all = reading.settings.security;
    if (all.password_file.empty())
        return;
    auto read = mqtt::password_file::read(all.password_file);
    for (auto& each : read.problems)
        reading.errors.push_back({{all.password_file, each.line},
                                  each.line == 0 ? "password_file" : "",
                                  std::move(each.sentence)});
    all.users = std::move(read.users);
    if (all.users != nullptr && all.users->size() == 0)
        reading.warnings.push_back({{all.password_file, 0},
                                    "password_file",
                                    "holds no users: nobody who gives a name will be let in"});
}

void warn_of_lost_log(config_reading& reading) {
    const auto& all = reading.settings;
    if (all.daemon && all.log.file.empty() && !all.log.to_syslog &&
        (all.log.to_stderr || all.log.to_stdout))
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
        add_local_listeners(all, port, protocol::mqtt);
    if (arguments.ports.empty())
        add_local_listeners(all, mqtt_port, protocol::mqtt);
    add_local_listeners(all, http_port, protocol::http);
}

void check_settings(config_reading& reading) {
    check_duplicates(reading);
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
    read_password_file(reading);
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
