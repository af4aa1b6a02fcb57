#include "rest/base64.hpp"

#include <cstdint>

namespace rest {
namespace {

constexpr char plain_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void append(std::string& out, std::string_view bytes, const char* alphabet, bool padded) {
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto left = bytes.size() - i;
        const auto byte = [&](std::size_t k) -> std::uint32_t {
            return k < left ? static_cast<unsigned char>(bytes[i + k]) : 0U;
        };
        const auto word = byte(0) << 16U | byte(1) << 8U | byte(2);
        out += alphabet[word >> 18U];
        out += alphabet[word >> 12U & 63U];
        if (left > 1)
            out += alphabet[word >> 6U & 63U];
        else if (padded)
            out += '=';
        if (left > 2)
            out += alphabet[word & 63U];
        else if (padded)
            out += '=';
    }
}

int digit_of(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return -1;
}

} // namespace

void append_base64(std::string& out, std::string_view bytes) {
    append(out, bytes, plain_alphabet, true);
}

std::string base64(std::string_view bytes) {
    std::string out;
    append(out, bytes, plain_alphabet, true);
    return out;
}

std::string base64_url(std::string_view bytes) {
    std::string out;
    append(out, bytes, url_alphabet, false);
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 == 0)
        for (int k = 0; k < 2 && text.ends_with('='); ++k)
            text.remove_suffix(1);
    if (text.size() % 4 == 1)
        return std::nullopt;
    std::string out;
    std::uint32_t word = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const int digit = digit_of(c);
        if (digit < 0)
            return std::nullopt;
        word = word << 6U | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>(word >> bits & 0xFFU);
        }
    }
    return out;
}

} // namespace rest
