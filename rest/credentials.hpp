// Who an HTTP request says it is from. Names and passwords are the same as those of MQTT.
#pragma once

#include "mqtt/auth/access.hpp"

#include <optional>
#include <string_view>

namespace rest {

// User name and password of "Authorization: Basic ...", or neither when the field is empty
// (anonymous), RFC 7617; the token of "Authorization: Bearer ...", RFC 6750. Nothing: the field is
// there and cannot be read, or is of another scheme.
std::optional<mqtt::credentials> read_credentials(std::string_view authorization);

} // namespace rest
