#include "rest/cookie.hpp"

#include "rest/request.hpp"

#include <algorithm>

namespace rest {

std::string_view login_cookie_name(bool secure) {
    return secure ? "__Host-sluice" : "sluice";
}

std::string_view cookie_value(std::string_view field, std::string_view name) {
    while (!field.empty()) {
        const auto end = std::min(field.find(';'), field.size());
        const auto pair = trimmed(field.substr(0, end));
        field.remove_prefix(std::min(end + 1, field.size()));
        const auto equals = pair.find('=');
        if (equals != pair.npos && pair.substr(0, equals) == name)
            return pair.substr(equals + 1);
    }
    return {};
}

std::string login_cookie(std::string_view value, bool secure, std::chrono::seconds life) {
    std::string text(login_cookie_name(secure));
    text.append("=").append(value).append("; Path=/; HttpOnly; SameSite=Strict; Max-Age=");
    text += std::to_string(life.count());
    return secure ? text + "; Secure" : text;
}

} // namespace rest
