#include "rest/exchange.hpp"

#include "rest/accept.hpp"
#include "rest/advice.hpp"
#include "rest/http_connection.hpp"
#include "rest/percent.hpp"

#include <utility>

namespace rest {

void refuse(exchange& each, const problem& what) {
    const auto* form = each.options.find("as");
    const bool as_text = form != nullptr && form->value == "text"
                             ? true
                             : wants_text(each.asked.list(http_field::accept));
    auto advised = what;
    advise(each, advised);
    tell(each.answer, advised, as_text);
    each.answered = true;
}

std::string base_uri(const exchange& each) {
    return (each.connection.is_encrypted() ? "https://" : "http://") +
           (each.authority.empty() ? std::string("localhost") : header_text(each.authority));
}

std::string uri_with(const exchange& each, std::string_view name, std::string_view value) {
    std::string uri(each.path);
    auto separator = '?';
    for (const auto& option : each.options.options()) {
        if (option.name == name || option.name == "ticket") // which nobody else needs to see
            continue;
        uri += std::exchange(separator, '&');
        uri += option.name;
        if (option.has_value)
            uri.append("=").append(option.raw);
    }
    uri += separator;
    return uri.append(name).append("=").append(value);
}

} // namespace rest
