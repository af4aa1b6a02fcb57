#include "plugins/sql/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sql_auth {
namespace {

// No setter repeats the value: a connection string holds a password, and a mistake may put one
// anywhere.
using setter = bool (*)(settings&, std::string_view value);

struct option_row {
    std::string_view name;
    std::string_view wanted; // goes on behind "plugin_opt_<name> must be "
    setter set;
};

std::optional<unsigned> number_from(std::string_view text, unsigned low, unsigned high) {
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size() || value < low || value > high)
        return std::nullopt;
    return value;
}

template <std::string settings::*member>
bool set_text(settings& into, std::string_view value) {
    into.*member = value;
    return !value.empty();
}

bool set_backend(settings& into, std::string_view value) {
    into.kind = value == "postgres" ? backend::postgres : backend::sqlite;
    return value == "postgres" || value == "sqlite";
}

bool set_unknown_users(settings& into, std::string_view value) {
    into.unknown = value == "defer" ? unknown_users::defer : unknown_users::deny;
    return value == "defer" || value == "deny";
}

bool set_cache_seconds(settings& into, std::string_view value) {
    const auto number = number_from(value, 0, cache_seconds_max);
    into.cache_time = std::chrono::seconds(number.value_or(0));
    return number.has_value();
}

bool set_statement_timeout(settings& into, std::string_view value) {
    const auto number = number_from(value, statement_timeout_ms_min, statement_timeout_ms_max);
    into.statement_timeout = std::chrono::milliseconds(number.value_or(statement_timeout_ms_min));
    return number.has_value();
}

// clang-format off
constexpr std::array option_table{
    option_row{"backend", "sqlite or postgres", set_backend},
    option_row{"database", "a path of a file, or a connection string of libpq", set_text<&settings::database>},
    option_row{"user_query", "a query with one parameter", set_text<&settings::user_query>},
    option_row{"acl_query", "a query with one parameter", set_text<&settings::acl_query>},
    option_row{"superuser_query", "a query with one parameter", set_text<&settings::superuser_query>},
    option_row{"cache_seconds", "a number between 0 and 3600", set_cache_seconds},
    option_row{"statement_timeout_ms", "a number between 10 and 10000", set_statement_timeout},
    option_row{"unknown_users", "deny or defer", set_unknown_users},
};
// clang-format on

std::string all_names() {
    std::string names;
    for (const auto& row : option_table)
        names.append(names.empty() ? "" : ", ").append(row.name);
    return names;
}

// "postgresql://user:p@ss@host/": libpq takes the part behind the first '@' for the host, and names
// it in its messages. Such a password would stand in the log.
bool has_open_password(std::string_view database) {
    const auto scheme = database.find("://");
    if (scheme == database.npos || !database.starts_with("postgres"))
        return false;
    const auto rest = database.substr(scheme + 3);
    return std::count(rest.begin(), rest.end(), '@') > 1;
}

} // namespace

settings_reading read_settings(std::span<const option_text> options) {
    settings made;
    std::array<bool, option_table.size()> given{};
    for (const auto& option : options) {
        const auto row = std::find_if(option_table.begin(), option_table.end(),
                                      [&](const auto& each) { return each.name == option.name; });
        // The name of an unknown option is not repeated: it may be a value in a wrong place.
        if (row == option_table.end())
            return {std::nullopt, "there is an option it does not know; it knows " + all_names()};
        const auto name = "plugin_opt_" + std::string(row->name);
        bool& again = given[static_cast<std::size_t>(row - option_table.begin())];
        if (again)
            return {std::nullopt, name + " stands there twice"};
        again = true;
        if (option.value.size() > option_bytes_max || !row->set(made, option.value))
            return {std::nullopt, name + " must be " + std::string(row->wanted)};
    }
    if (!given[0])
        return {std::nullopt, "plugin_opt_backend must be given: sqlite or postgres"};
    if (!given[1])
        return {std::nullopt, "plugin_opt_database must be given"};
    if (made.kind == backend::postgres && has_open_password(made.database))
        return {std::nullopt, "plugin_opt_database: an '@' in a password must be written %40"};
    return {std::move(made), {}};
}

} // namespace sql_auth
