// The program: arguments, configuration, log, and then the application.
#include "gateway/application.hpp"
#include "gateway/certs_command.hpp"
#include "gateway/command_line.hpp"
#include "gateway/config_check.hpp"
#include "gateway/contrast/contrast_command.hpp"
#include "gateway/logging.hpp"
#include "gateway/password_command.hpp"
#include "gateway/pid_file.hpp"
#include "gateway/privileges.hpp"
#include "gateway/store_command.hpp"

#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

// All that needs rights is open: gives them up.
void settle(const gateway::settings& chosen, const std::optional<gateway::system_user>& becomes) {
    if (becomes)
        gateway::become(*becomes);
    if (::geteuid() == 0) {
        gateway::log::warning("Running as root, as the option user has it.");
        return;
    }
    gateway::drop_capabilities();
    if (!becomes)
        return;
    if (becomes->stands_in)
        gateway::log::warning("There is no user {}; nobody stands in.",
                              gateway::log::quoted(chosen.user));
    gateway::log::information("Running as the user {}.", gateway::log::quoted(becomes->name));
    const auto& file = chosen.log.file;
    if (!file.empty() && ::euidaccess(file.c_str(), W_OK) != 0)
        gateway::log::warning("The user {} may not write to {}: a reload can't open it again.",
                              gateway::log::quoted(becomes->name), gateway::log::quoted(file));
}

int serve(const gateway::settings& chosen, const gateway::command_line& said) {
    auto parent = chosen.daemon ? std::make_unique<gateway::background>() : nullptr;
    const auto becomes = gateway::user_to_become(chosen.user, ::geteuid());
    if (becomes)
        gateway::renounce_new_privileges();
    const auto owner =
        becomes ? std::optional(gateway::file_owner{becomes->user, becomes->group}) : std::nullopt;
    if (const auto problem = gateway::log::open(chosen.log, owner)) {
        std::fprintf(stderr, "sluice: %s\n", problem->c_str());
        return 1;
    }
    gateway::application application(chosen, [said] { return gateway::load_settings(said); });
    const auto pid =
        chosen.pid_file.empty() ? nullptr : std::make_unique<gateway::pid_file>(chosen.pid_file);
    settle(chosen, becomes);
    application.run(parent.get());
    return 0;
}

} // namespace

int main(int argument_count, char** arguments) {
    if (argument_count > 1 && std::string_view(arguments[1]) == "passwd")
        return gateway::run_password_command({arguments + 1, arguments + argument_count});
    if (argument_count > 1 && std::string_view(arguments[1]) == "certs")
        return gateway::run_certs_command({arguments + 1, arguments + argument_count});
    if (argument_count > 1 && std::string_view(arguments[1]) == "store")
        return gateway::run_store_command({arguments + 1, arguments + argument_count});
    if (argument_count > 1 && std::string_view(arguments[1]) == "contrast")
        return gateway::run_contrast_command({arguments + 1, arguments + argument_count});
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
        return serve(read.settings, said);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "sluice: %s\n", failure.what());
        return 1;
    }
}
