#include "rest/reply.hpp"

#include "rest/json_text.hpp"
#include "rest/percent.hpp"
#include "rest/request.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <charconv>
#include <utility>

namespace rest {

void reply::add(std::string_view name, std::string_view value) {
    constexpr std::size_t usual_bytes = 256; // of all fields: so their text moves once at most
    if (fields.empty())
        fields.reserve(usual_bytes);
    fields += name;
    fields += ": ";
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto byte = static_cast<unsigned char>(value[i]);
        if (byte >= 0x20 && byte != 0x7F) [[likely]]
            continue;
        fields.append(value, plain_from, i - plain_from);
        append_escape(fields, byte);
        plain_from = i + 1;
    }
    fields.append(value, plain_from);
    fields += "\r\n";
}

void reply::set_body(std::string_view content_type, std::string text) {
    add("Content-Type", content_type);
    body = std::move(text);
}

std::string_view reply::field(std::string_view name) const {
    std::string_view rest = fields;
    while (!rest.empty()) {
        const auto end = rest.find("\r\n");
        const auto line = rest.substr(0, end);
        const auto colon = line.find(": ");
        if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name))
            return line.substr(colon + 2);
        rest.remove_prefix(end + 2);
    }
    return {};
}

std::string_view status_text(unsigned status) {
    // Beast 1.81 calls 413 and 422 by older names and lacks none that we use.
    switch (status) {
    case 413:
        return "Content Too Large";
    case 422:
        return "Unprocessable Content";
    default: {
        const auto text =
            boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
        return {text.data(), text.size()};
    }
    }
}

void append_head(std::string& out, const reply& answer, const reply_frame& frame,
                 std::size_t body_bytes) {
    out += "HTTP/1.1 ";
    append_number(out, answer.status);
    out += ' ';
    out += status_text(answer.status);
    out += "\r\nDate: ";
    out += frame.date;
    out += "\r\nRequest-Id: ";
    out += frame.request_id;
    out += "\r\n";
    out += answer.fields;
    out += frame.more;
    // [RFC9110-8.6] no Content-Length in 1xx and 204; in 304 we leave it out as well.
    const bool bodiless = answer.status < 200 || answer.status == 204 || answer.status == 304;
    if (frame.chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    } else if (!bodiless && !frame.until_close) {
        out += "Content-Length: ";
        append_number(out, body_bytes);
        out += "\r\n";
    }
    if (answer.status != 101) {
        if (!frame.keep_alive)
            out += "Connection: close\r\n";
        else if (frame.version == 10)
            out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
}

void append_chunk(std::string& out, std::string_view bytes) {
    std::array<char, 16> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
    out.append(digits.data(), end);
    out += "\r\n";
    out += bytes;
    out += "\r\n";
}

} // namespace rest
