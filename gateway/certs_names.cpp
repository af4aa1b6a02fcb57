#include "gateway/certs_names.hpp"

#include "gateway/certificate_maker.hpp"
#include "mqtt/types/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace gateway {
namespace {

constexpr std::size_t host_name_letters_max = 253; // RFC 1035, without the last point
constexpr std::size_t label_letters_max = 63;

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

bool is_letter_or_digit(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || is_digit(letter);
}

std::string address_from(const std::string& text) {
    std::array<unsigned char, 16> address{};
    std::array<char, INET6_ADDRSTRLEN> shortest{};
    for (const int family : {AF_INET, AF_INET6})
        if (::inet_pton(family, text.c_str(), address.data()) == 1)
            return ::inet_ntop(family, address.data(), shortest.data(), shortest.size());
    return {};
}

// Letters, digits and hyphens [RFC1123-2.1]; and the underscore, which containers are fond of.
bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= label_letters_max && !label.starts_with('-') &&
           !label.ends_with('-') && std::all_of(label.begin(), label.end(), [](char each) {
               return is_letter_or_digit(each) || each == '-' || each == '_';
           });
}

bool is_dns_name(std::string_view name) {
    if (name.size() > host_name_letters_max)
        return false;
    for (;;) {
        const auto end = std::min(name.find('.'), name.size());
        const auto label = name.substr(0, end);
        if (!is_label(label))
            return false;
        if (end == name.size()) // an address with a mistake in it ends with digits
            return !std::all_of(label.begin(), label.end(), is_digit);
        name.remove_prefix(end + 1);
    }
}

} // namespace

std::string host_name_from(std::string_view text) {
    std::string name(text);
    if (name.find('\0') != name.npos)
        return {};
    if (auto address = address_from(name); !address.empty())
        return address;
    if (!is_dns_name(name))
        return {};
    std::transform(name.begin(), name.end(), name.begin(), [](char each) {
        return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
    });
    return name;
}

std::string client_name_problem(std::string_view name) {
    if (name.empty())
        return "is empty";
    if (!mqtt::is_utf8_string(name) || mqtt::has_control_character(name))
        return "must be UTF-8 without control characters";
    const auto letters = std::count_if(name.begin(), name.end(), [](char each) {
        return (static_cast<unsigned char>(each) & 0xC0U) != 0x80U;
    });
    if (static_cast<std::size_t>(letters) > subject_letters_max)
        return fmt::format("is longer than {} letters", subject_letters_max);
    // It becomes a user name: '+' and '#' would be wildcards in a rule with %u, ':' ends the name
    // in HTTP Basic and in curl's --cert.
    if (name.find_first_of("/+#:") != name.npos)
        return "must not hold '/', '+', '#' or ':'";
    if (name.starts_with('.') || name.starts_with('-') || name.starts_with(' ') ||
        name.ends_with(' '))
        return "must not begin with '.' or '-', nor begin or end with a blank";
    return {};
}

std::vector<std::string> server_names(const std::vector<std::string>& hosts) {
    auto names = hosts;
    for (const auto* each : {"localhost", "127.0.0.1", "::1"})
        names.emplace_back(each);
    std::vector<std::string> once; // bound: that of the hosts
    for (auto& each : names)
        if (std::find(once.begin(), once.end(), each) == once.end())
            once.push_back(std::move(each));
    return once;
}

std::string shell_word(std::string_view text) {
    if (!text.empty() && std::all_of(text.begin(), text.end(), [](char each) {
            return is_letter_or_digit(each) ||
                   std::string_view("./_-:@%+,").find(each) != std::string_view::npos;
        }))
        return std::string(text);
    std::string word = "'";
    for (const char each : text)
        each == '\'' ? word += "'\\''" : word += each;
    return word + "'";
}

} // namespace gateway
