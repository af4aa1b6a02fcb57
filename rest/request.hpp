// One HTTP request as it was received. The text of its header is kept in one string, so that a
// connection reads request after request without allocating.
#pragma once

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rest {

// Request line and header together. [RFC9110-5.4]
inline constexpr std::size_t header_bytes_max = 16'384;
// Header lines; more than any honest client sends.
inline constexpr std::size_t header_lines_max = 200;

using http_field = boost::beast::http::field;
using http_verb = boost::beast::http::verb;

class request {
public:
    http_verb method() const { return method_; }
    std::string_view method_text() const { return text_of(method_text_); }
    std::string_view target() const { return text_of(target_); }
    unsigned version() const { return version_; } // 10 or 11
    bool is_head() const { return method_ == http_verb::head; }

    // The value of the first such line; empty when there is none.
    std::string_view field(http_field name) const;
    bool has_field(http_field name) const { return count(name) > 0; }
    std::size_t count(http_field name) const;
    // All lines of that name as one comma-separated list. [RFC9110-5.3]
    std::string list(http_field name) const;
    // By name, for names that Beast's table does not know. Case does not matter.
    std::string_view field(std::string_view name) const;

    // Calls visit(name, value) for every header line, in order.
    template <class Visitor>
    void each_field(Visitor visit) const {
        for (const auto& line : lines_)
            visit(text_of(line.name), text_of(line.value));
    }

    std::string body;
    std::size_t wire_bytes = 0; // of request line, header and body, with its chunk framing

    // For the parser.
    void clear();
    void set_line(http_verb method, std::string_view method_text, std::string_view target,
                  unsigned version);
    // false: too many lines or bytes.
    bool add_field(http_field name, std::string_view name_text, std::string_view value);

private:
    struct span {
        std::uint32_t at = 0;
        std::uint32_t size = 0;
    };
    struct line {
        http_field id;
        span name;
        span value;
    };
    std::string_view text_of(span part) const {
        return std::string_view(text_).substr(part.at, part.size);
    }
    span keep(std::string_view part);

    std::string text_;
    std::vector<line> lines_; // at most header_lines_max
    http_verb method_ = http_verb::unknown;
    unsigned version_ = 11;
    span method_text_;
    span target_;
};

// Cuts the next element off a comma-separated list and trims it; empty elements are skipped, quoted
// strings stay whole. false at the end. [RFC9110-5.6.1]
bool next_element(std::string_view& list, std::string_view& element);

std::string_view trimmed(std::string_view text);
bool equal_ignoring_case(std::string_view left, std::string_view right);

} // namespace rest
