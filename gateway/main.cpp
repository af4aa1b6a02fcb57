// The program: arguments, configuration, log, and then the application.
#include "gateway/application.hpp"
#include "gateway/certs_command.hpp"
#include "gateway/command_line.hpp"
#include "gateway/config_check.hpp"
#include "gateway/logging.hpp"
#include "gateway/password_command.hpp"
#include "gateway/pid_file.hpp"

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

int serve(const gateway::settings& chosen) {
    auto parent = chosen.daemon ? std::make_unique<gateway::background>() : nullptr;
    if (const auto problem = gateway::log::open(chosen.log)) {
        std::fprintf(stderr, "sluice: %s\n", problem->c_str());
        return 1;
    }
    gateway::application application(chosen);
    const auto pid =
        chosen.pid_file.empty() ? nullptr : std::make_unique<gateway::pid_file>(chosen.pid_file);
    application.run(parent.get());
    return 0;
}

} // namespace

int main(int argument_count, char** arguments) {
    if (argument_count > 1 && std::string_view(arguments[1]) == "passwd")
        return gateway::run_password_command({arguments + 1, arguments + argument_count});
    if (argument_count > 1 && std::string_view(arguments[1]) == "certs")
        return gateway::run_certs_command({arguments + 1, arguments + argument_count});
    const auto said = gateway::parse_command_line({arguments, arguments + argument_count});
    std::fputs(said.output.c_str(), stdout);
    std::fputs(said.complaint.c_str(), stderr);
    if (said.exit_code)
        return *said.exit_code;
    const auto read = gateway::load_settings(said);
    std::fputs(gateway::report(read).c_str(), stderr);
    if (!read.errors.empty())
        return gateway::exit_refused;
    if (said.test_config)
        return 0;
    try {
        return serve(read.settings);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "sluice: %s\n", failure.what());
        return 1;
    }
}
