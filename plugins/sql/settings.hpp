// What the plugin_opt_ lines of mosquitto.conf say. Reads texts only; opens nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sql_auth {

inline constexpr std::size_t option_bytes_max = 4096;
inline constexpr unsigned cache_seconds_max = 3600;
inline constexpr unsigned statement_timeout_ms_min = 10;
inline constexpr unsigned statement_timeout_ms_max = 10'000;

enum class backend : std::uint8_t { sqlite, postgres };

// What becomes of a user that the database has no row of.
enum class unknown_users : std::uint8_t { deny, defer };

struct settings {
    backend kind = backend::sqlite;
    std::string database; // a path, or a connection string of libpq: may hold a password
    std::string user_query = "SELECT password_hash FROM users WHERE username = $1";
    std::string acl_query = "SELECT topic, access FROM acls WHERE username = $1";
    std::string superuser_query; // empty: there are none
    std::chrono::seconds cache_time{5};
    std::chrono::milliseconds statement_timeout{1000};
    unknown_users unknown = unknown_users::deny;
};

// The name without plugin_opt_ or auth_opt_, as a broker hands it over.
struct option_text {
    std::string_view name;
    std::string_view value;
};

struct settings_reading {
    std::optional<settings> value;
    std::string problem; // a sentence for the log, without values; empty where there are settings
};

settings_reading read_settings(std::span<const option_text> options);

} // namespace sql_auth
