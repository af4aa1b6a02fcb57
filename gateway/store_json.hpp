// Messages, times and properties of the store as JSON, and back: one line of an export is one
// object, with the names of the HTTP interface where that has any.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gateway {

// What stands in a row or a line can't be taken; the sentence says why.
struct unfit : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Milliseconds since 1970 that we take for a time: to the year 2255.
inline constexpr std::int64_t store_time_max = 9'000'000'000'000;

// One object, written member by member. Throws unfit where JSON can't hold the value.
class json_line {
public:
    explicit json_line(std::string_view kind);

    json_line& number(std::string_view name, std::int64_t value);
    json_line& flag(std::string_view name, bool value);
    json_line& text(std::string_view name, std::string_view value); // UTF-8 only
    json_line& time(std::string_view name, std::int64_t milliseconds);
    json_line& time(std::string_view name, std::optional<std::int64_t> milliseconds);
    // As text where it is UTF-8, else as base64 with "enc":"base64".
    json_line& bytes(std::string_view name, std::string_view value);
    json_line& properties(std::string_view wire); // nothing where there are none
    json_line& numbers(std::string_view name, std::string_view four_bytes_each);
    json_line& begin(std::string_view name); // an object inside
    json_line& end();

    std::string finish(); // with the end of the line

private:
    void name(std::string_view name);
    std::string out_;
};

// The value of each, out of one line. Throws unfit with the name of the member.
class json_reader {
public:
    explicit json_reader(const nlohmann::json& object) : object_(object) {}

    bool has(const char* name) const;
    std::int64_t number(const char* name, std::int64_t least, std::int64_t most) const;
    bool flag(const char* name) const; // not there: false
    std::string text(const char* name) const;
    std::string text_or_empty(const char* name) const;
    std::int64_t time(const char* name) const;
    std::optional<std::int64_t> time_if_any(const char* name) const;
    std::string bytes(const char* name) const;
    std::string properties() const;              // wire bytes
    std::string numbers(const char* name) const; // four bytes each
    const nlohmann::json& inside(const char* name) const;

private:
    const nlohmann::json& at(const char* name) const;
    const nlohmann::json& object_;
};

// "2026-11-22T15:30:45.123Z" as milliseconds since 1970.
std::optional<std::int64_t> parse_store_time(std::string_view text);

// Throws unfit where the bytes are not the forwarded properties of a PUBLISH.
void check_properties(std::string_view wire);

} // namespace gateway
