// Rows of the option table: who may connect.
#pragma once

#include "gateway/option_setters.hpp"

#include <array>

namespace gateway {

// clang-format off
inline constexpr std::array security_options{
    option_row{"password_file", scope::global, origin::mosquitto, true, "<path>", "",
               "The users and their hashed passwords, as mosquitto_passwd or sluice passwd writes them. With it, who gives a user name must give its password, by MQTT or HTTP. Read again on SIGHUP.",
               set::text<&security_settings::password_file>},
};
// clang-format on

} // namespace gateway
