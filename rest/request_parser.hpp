// Bytes to a request, by Beast's incremental HTTP/1 parser, with the checks on top that keep
// requests from being smuggled past a proxy: one meaning for every message length, no trailers
// taken for header fields.
#pragma once

#include "rest/request.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace rest {

class request_parser final : public boost::beast::http::basic_parser<true> {
public:
    request_parser(request& into, std::optional<std::size_t> body_bytes_max);

    // The header is there, and what it asks for takes a body of so many bytes. false: the one that
    // was announced is larger.
    bool limit_body(std::size_t body_bytes_max);

private:
    using string_view = boost::beast::string_view;
    using error_code = boost::beast::error_code;

    void on_request_impl(http_verb method, string_view method_text, string_view target, int version,
                         error_code& failure) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(http_field name, string_view name_text, string_view value,
                       error_code& failure) override;
    void on_header_impl(error_code& failure) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& content_length,
                           error_code& failure) override;
    std::size_t on_body_impl(string_view part, error_code& failure) override;
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view part, error_code& failure) override;
    void on_finish_impl(error_code&) override {}

    request& into_;
    bool header_done_ = false;
};

} // namespace rest
