// A request as the parser makes it from text, for tests that have no connection.
#pragma once

#include "rest/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <string>
#include <string_view>

namespace rest_test {

struct parsed {
    rest::request asked;
    boost::beast::error_code failure;
    bool complete = false;
    std::size_t taken = 0; // bytes of the text
};

// Gives the text to the parser, step bytes more each time; 0: all at once.
inline void parse(parsed& into, std::string_view text, std::size_t step = 0,
                  std::size_t body_max = 1000) {
    rest::request_parser parser(into.asked, body_max);
    std::size_t shown = step == 0 ? text.size() : 0;
    while (!parser.is_done()) {
        shown = std::min(text.size(), shown + step);
        const auto rest = text.substr(into.taken, shown - into.taken);
        into.failure = {};
        const auto taken = parser.put(boost::asio::buffer(rest.data(), rest.size()), into.failure);
        into.taken += taken;
        const bool starved = into.failure == boost::beast::http::error::need_more;
        if ((into.failure && !starved) || (shown == text.size() && taken == 0))
            break;
    }
    into.complete = parser.is_done();
}

inline rest::request request_from(std::string_view head, std::string_view body = {}) {
    parsed made;
    auto text = std::string(head);
    if (!body.empty())
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    parse(made, text.append("\r\n").append(body));
    return std::move(made.asked);
}

} // namespace rest_test
