// A walk through JSON text that takes no memory: values are found and checked where they stand, and
// strings are decoded in place, as their text only gets shorter. For bodies of many small messages,
// where building a document tree would cost more than everything else. RFC 8259
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace rest {

enum class json_kind : std::uint8_t { string, number, truth, null, object, array };

// A value that has been walked over: its text in the buffer, of a string without the quotes.
struct json_value {
    json_kind kind = json_kind::null;
    char* begin = nullptr;
    char* end = nullptr;
    bool escaped = false; // a string with '\'

    std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

class json_cursor {
public:
    // requires: the text outlives the cursor, and what is decoded from it
    explicit json_cursor(std::span<char> text)
        : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

    // The next character behind white space; 0 at the end.
    char peek();
    // Goes past this character, if it is the next one behind white space.
    bool take(char expected);
    // Goes past the next value, whatever it is; false where that is not JSON, is nested deeper than
    // json_depth_max, or is not UTF-8.
    bool take_value(json_value& into) { return value(into, 0); }
    // Goes past a member's name and the colon behind it.
    bool take_name(json_value& into);
    bool is_at_end() { return peek() == '\0' && at_ == end_; }

    // How far the walk came, for people.
    std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }

private:
    bool value(json_value& into, std::size_t depth);
    bool string(json_value& into);
    bool escape();
    bool number(json_value& into);
    bool word(json_value& into, json_kind kind, std::string_view expected);
    bool object(json_value& into, std::size_t depth);
    bool array(json_value& into, std::size_t depth);

    char* begin_;
    char* at_;
    char* end_;
};

// The characters of a string; decodes them in place, once. requires: what.kind is string
std::string_view decoded(json_value& what);

// A whole number that is not negative; nothing for anything else. requires: what.kind is number
std::optional<std::uint64_t> whole_number(const json_value& what);

// The value's text without white space between its tokens, made in place.
std::string_view compacted(json_value& what);

} // namespace rest
