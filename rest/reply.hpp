// One HTTP answer, and how it is written. No value that goes in can end its line early.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rest {

struct reply {
    unsigned status = 200;
    std::string fields; // whole header lines, each with its CRLF
    std::string body;

    // Control characters in the value are percent-encoded. [RFC9110-5.5]
    void add(std::string_view name, std::string_view value);
    void set_body(std::string_view content_type, std::string text);
    // The value of the first line of that name, as written; empty when there is none.
    std::string_view field(std::string_view name) const;
};

std::string_view status_text(unsigned status);

// The lines that the connection adds to every answer.
struct reply_frame {
    std::string_view date{};
    std::string_view request_id{};
    unsigned version = 11; // of the request
    bool keep_alive = true;
    bool chunked = false;     // the body follows in chunks: no Content-Length
    bool until_close = false; // the body ends with the connection (HTTP/1.0)
    std::string_view more{};  // whole lines
};

// Appends status line and header, with a Content-Length for body_bytes where one belongs.
void append_head(std::string& out, const reply& answer, const reply_frame& frame,
                 std::size_t body_bytes);

// Appends one chunk. requires: !bytes.empty() [RFC9112-7.1]
void append_chunk(std::string& out, std::string_view bytes);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

} // namespace rest
