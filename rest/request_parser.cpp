#include "rest/request_parser.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace rest {
namespace {

namespace http = boost::beast::http;

std::string_view standard(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

} // namespace

request_parser::request_parser(request& into, std::optional<std::size_t> body_bytes_max)
    : into_(into) {
    header_limit(header_bytes_max);
    body_limit(boost::none);
    if (body_bytes_max)
        body_limit(*body_bytes_max);
    eager(false); // the header is judged before the body is taken
}

bool request_parser::limit_body(std::size_t body_bytes_max) {
    body_limit(body_bytes_max);
    return content_length().value_or(0) <= body_bytes_max;
}

void request_parser::on_request_impl(http_verb method, string_view method_text, string_view target,
                                     int version, error_code&) {
    into_.set_line(method, standard(method_text), standard(target), static_cast<unsigned>(version));
}

void request_parser::on_field_impl(http_field name, string_view name_text, string_view value,
                                   error_code& failure) {
    if (header_done_)
        return; // a trailer: read over, never merged into the header [RFC9110-6.5.1]
    if (name == http_field::transfer_encoding &&
        (into_.version() < 11 || !equal_ignoring_case(standard(value), "chunked"))) {
        failure = http::error::bad_transfer_encoding; // [RFC9112-6.1]
        return;
    }
    if (!into_.add_field(name, standard(name_text), standard(value)))
        failure = http::error::header_limit;
}

void request_parser::on_header_impl(error_code&) {
    header_done_ = true;
}

void request_parser::on_body_init_impl(const boost::optional<std::uint64_t>& content_length,
                                       error_code&) {
    // What was announced is only reserved up to a point: memory is given for bytes that came, not
    // for promises.
    constexpr std::uint64_t reserve_max = 65'536;
    if (content_length)
        into_.body.reserve(static_cast<std::size_t>(std::min(*content_length, reserve_max)));
}

std::size_t request_parser::on_body_impl(string_view part, error_code&) {
    into_.body.append(part.data(), part.size());
    return part.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, string_view part, error_code&) {
    into_.body.append(part.data(), part.size());
    return part.size();
}

} // namespace rest
