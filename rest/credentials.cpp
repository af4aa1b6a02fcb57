#include "rest/credentials.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/request.hpp"

namespace rest {

std::optional<mqtt::credentials> read_credentials(std::string_view authorization) {
    mqtt::credentials made;
    if (authorization.empty())
        return made;
    const auto space = authorization.find(' ');
    if (space != std::string_view::npos &&
        equal_ignoring_case(authorization.substr(0, space), "Bearer")) {
        made.bearer = true;
        made.password = std::string(trimmed(authorization.substr(space + 1)));
        return made.password->empty() ? std::nullopt : std::optional(made);
    }
    if (space == std::string_view::npos ||
        !equal_ignoring_case(authorization.substr(0, space), "Basic"))
        return std::nullopt;
    const auto pair = base64_decode(trimmed(authorization.substr(space + 1)));
    if (!pair)
        return std::nullopt;
    const auto colon = pair->find(':');
    if (colon == std::string::npos)
        return std::nullopt;
    made.username = pair->substr(0, colon);
    made.password = pair->substr(colon + 1);
    // An empty user name would count as nobody further on.
    if (made.username->empty() || !mqtt::is_utf8_string(*made.username))
        return std::nullopt;
    return made;
}

} // namespace rest
