// The one cookie that this server sets, RFC 6265: who has logged in.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace rest {

// Its name. Over TLS browsers see to it that nobody but this very host has set it.
std::string_view login_cookie_name(bool secure);

// The value of the first cookie of that name; empty when there is none.
std::string_view cookie_value(std::string_view field, std::string_view name);

// For Set-Cookie; a life of zero takes the cookie away.
std::string login_cookie(std::string_view value, bool secure, std::chrono::seconds life);

} // namespace rest
