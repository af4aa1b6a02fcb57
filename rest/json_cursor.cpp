#include "rest/json_cursor.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/json_text.hpp"
#include "rest/percent.hpp"
#include "rest/query.hpp"

#include <algorithm>
#include <cstring>

namespace rest {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Four hex digits; -1 where there are others.
int code_unit(const char* at) {
    int code = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hex_value(at[i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

bool is_high_surrogate(int code) {
    return code >= 0xD800 && code <= 0xDBFF;
}

bool is_low_surrogate(int code) {
    return code >= 0xDC00 && code <= 0xDFFF;
}

char* put_utf8(char* to, std::uint32_t code) {
    const auto put = [&to](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0U | code >> 6U);
        put(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        put(0xE0U | code >> 12U);
        put(0x80U | (code >> 6U & 0x3FU));
        put(0x80U | (code & 0x3FU));
    } else {
        put(0xF0U | code >> 18U);
        put(0x80U | (code >> 12U & 0x3FU));
        put(0x80U | (code >> 6U & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
    return to;
}

char plain_escape(char letter) {
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter; // '"', '\\' and '/'
    }
}

} // namespace

char json_cursor::peek() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
        ++at_;
    return at_ == end_ ? '\0' : *at_;
}

bool json_cursor::take(char expected) {
    if (peek() != expected || at_ == end_)
        return false;
    ++at_;
    return true;
}

bool json_cursor::take_name(json_value& into) {
    return peek() == '"' && string(into) && take(':');
}

bool json_cursor::value(json_value& into, std::size_t depth) {
    switch (peek()) {
    case '"':
        return string(into);
    case '{':
        return object(into, depth + 1);
    case '[':
        return array(into, depth + 1);
    case 't':
        return word(into, json_kind::truth, "true");
    case 'f':
        return word(into, json_kind::truth, "false");
    case 'n':
        return word(into, json_kind::null, "null");
    default:
        return number(into);
    }
}

// requires: at_ is at the quote
bool json_cursor::string(json_value& into) {
    into.kind = json_kind::string;
    into.escaped = false;
    into.begin = ++at_;
    unsigned char seen = 0; // of all bytes together: is there one beyond ASCII?
    for (; at_ != end_; ++at_) {
        const auto byte = static_cast<unsigned char>(*at_);
        if (byte == '"')
            break;
        if (byte < 0x20)
            return false;
        seen |= byte;
        if (byte != '\\')
            continue;
        into.escaped = true;
        if (!escape())
            return false;
    }
    if (at_ == end_)
        return false;
    into.end = at_++;
    return seen < 0x80 || mqtt::is_utf8(into.text());
}

// Leaves at_ at the last character of the escape. requires: at_ is at the '\'
bool json_cursor::escape() {
    if (end_ - at_ < 2)
        return false;
    ++at_;
    if (std::memchr("\"\\/bfnrt", *at_, 8) != nullptr)
        return true;
    if (*at_ != 'u' || end_ - at_ < 5)
        return false;
    const int code = code_unit(at_ + 1);
    at_ += 4;
    if (code < 0 || is_low_surrogate(code))
        return false;
    if (!is_high_surrogate(code))
        return true;
    const bool paired =
        end_ - at_ >= 7 && at_[1] == '\\' && at_[2] == 'u' && is_low_surrogate(code_unit(at_ + 3));
    at_ += paired ? 6 : 0;
    return paired;
}

bool json_cursor::number(json_value& into) {
    into.kind = json_kind::number;
    into.begin = at_;
    const auto digits = [this] {
        const auto* from = at_;
        while (at_ != end_ && is_digit(*at_))
            ++at_;
        return at_ != from;
    };
    if (at_ != end_ && *at_ == '-')
        ++at_;
    const bool leading_zero = at_ != end_ && *at_ == '0';
    const auto* from = at_;
    if (!digits() || (leading_zero && at_ - from > 1))
        return false;
    if (at_ != end_ && *at_ == '.') {
        ++at_;
        if (!digits())
            return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
        ++at_;
        if (at_ != end_ && (*at_ == '+' || *at_ == '-'))
            ++at_;
        if (!digits())
            return false;
    }
    into.end = at_;
    return true;
}

bool json_cursor::word(json_value& into, json_kind kind, std::string_view expected) {
    if (static_cast<std::size_t>(end_ - at_) < expected.size() ||
        std::string_view(at_, expected.size()) != expected)
        return false;
    into = {kind, at_, at_ + expected.size(), false};
    at_ = into.end;
    return true;
}

bool json_cursor::object(json_value& into, std::size_t depth) {
    auto* const from = at_++;
    if (depth > json_depth_max)
        return false;
    json_value part;
    if (!take('}')) {
        do {
            if (!take_name(part) || !value(part, depth))
                return false;
        } while (take(','));
        if (!take('}'))
            return false;
    }
    into = {json_kind::object, from, at_, false};
    return true;
}

bool json_cursor::array(json_value& into, std::size_t depth) {
    auto* const from = at_++;
    if (depth > json_depth_max)
        return false;
    json_value part;
    if (!take(']')) {
        do {
            if (!value(part, depth))
                return false;
        } while (take(','));
        if (!take(']'))
            return false;
    }
    into = {json_kind::array, from, at_, false};
    return true;
}

std::string_view decoded(json_value& what) {
    if (!what.escaped)
        return what.text();
    char* to = what.begin;
    for (const char* from = what.begin; from != what.end; ++from) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        ++from;
        if (*from != 'u') {
            *to++ = plain_escape(*from);
            continue;
        }
        auto code = static_cast<std::uint32_t>(code_unit(from + 1));
        from += 4;
        if (is_high_surrogate(static_cast<int>(code))) {
            const auto low = static_cast<std::uint32_t>(code_unit(from + 3));
            code = 0x10000 + ((code - 0xD800U) << 10U) + (low - 0xDC00U);
            from += 6;
        }
        to = put_utf8(to, code);
    }
    what.end = to;
    what.escaped = false;
    return what.text();
}

std::optional<std::uint64_t> whole_number(const json_value& what) {
    return parse_number(what.text());
}

std::string_view compacted(json_value& what) {
    bool quoted = false;
    char* to = what.begin;
    for (const char* from = what.begin; from != what.end; ++from) {
        if (!quoted && (*from == ' ' || *from == '\n' || *from == '\r' || *from == '\t'))
            continue;
        *to++ = *from;
        if (quoted && *from == '\\')
            *to++ = *++from;
        else if (*from == '"')
            quoted = !quoted;
    }
    what.end = to;
    return what.text();
}

} // namespace rest
