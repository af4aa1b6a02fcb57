#include "rest/exchange.hpp"

#include "rest/accept.hpp"
#include "rest/http_connection.hpp"
#include "rest/percent.hpp"

namespace rest {

void refuse(exchange& each, const problem& what) {
    const auto* form = each.options.find("as");
    const bool as_text = form != nullptr && form->value == "text"
                             ? true
                             : wants_text(each.asked.list(http_field::accept));
    tell(each.answer, what, as_text);
    each.answered = true;
}

std::string base_uri(const exchange& each) {
    return (each.connection.is_encrypted() ? "https://" : "http://") +
           (each.authority.empty() ? std::string("localhost") : header_text(each.authority));
}

} // namespace rest
