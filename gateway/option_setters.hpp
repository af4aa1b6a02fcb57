// Setters for the rows of the option table, made from a pointer to the member they write and the
// range it may have. Used by the tables in options/ only.
#pragma once

#include "gateway/option_row.hpp"
#include "gateway/option_text.hpp"
#include "gateway/quoted.hpp"

#include <chrono>
#include <cstddef>
#include <limits>
#include <type_traits>

namespace gateway::set {

// A member pointer taken apart: whose member, and of which type.
template <typename Member>
struct member_of;
template <typename Owner, typename Value>
struct member_of<Value Owner::*> {
    using owner = Owner;
    using value = Value;
};
template <auto Member>
using owner_of = typename member_of<decltype(Member)>::owner;
template <auto Member>
using type_of = typename member_of<decltype(Member)>::value;

// What security options write to.
template <typename All, typename Listener>
auto& security_part(All& all, Listener* current) {
    return all.per_listener_settings && current != nullptr ? current->security : all.security;
}

// The part of the settings that has members of this owner. Works for const and non-const alike.
template <typename Owner, typename All, typename Listener>
auto& part(All& all, Listener* current) {
    if constexpr (std::is_same_v<Owner, settings>)
        return all;
    else if constexpr (std::is_same_v<Owner, mqtt::limits>)
        return all.limits;
    else if constexpr (std::is_same_v<Owner, rest::webhook_settings>)
        return (all.webhooks);
    else if constexpr (std::is_same_v<Owner, log_settings>)
        return all.log;
    else if constexpr (std::is_same_v<Owner, security_settings>)
        return security_part(all, current);
    else if constexpr (std::is_same_v<Owner, jwt_settings>)
        return (security_part(all, current).jwt);
    else if constexpr (std::is_same_v<Owner, listener>)
        return *current;
    else if constexpr (std::is_same_v<Owner, tls_settings>)
        return current->tls;
    else if constexpr (std::is_same_v<Owner, mqtt::listener_limits>)
        return current->limits;
    else
        return current->http;
}

template <auto Member>
auto& written(const option_target& target) {
    return part<owner_of<Member>>(target.all, target.current).*Member;
}

template <auto Member>
const auto& read(const settings& all, const listener& current) {
    return part<owner_of<Member>>(all, &current).*Member;
}

template <auto Member>
void assign_number(const option_target& target, std::int64_t value) {
    using type = type_of<Member>;
    if constexpr (requires { typename type::period; })
        written<Member>(target) = type(value);
    else
        written<Member>(target) = static_cast<type>(value);
}

template <auto Member>
std::int64_t number_of(const settings& all, const listener& current) {
    using type = type_of<Member>;
    if constexpr (requires { typename type::period; })
        return read<Member>(all, current).count();
    else
        return static_cast<std::int64_t>(read<Member>(all, current));
}

template <auto Member>
std::string show_number(const settings& all, const listener& current) {
    return std::to_string(number_of<Member>(all, current));
}

template <auto Member, std::int64_t Low, std::int64_t High>
inline constexpr option_value number{[](const option_target& target, std::string_view text) {
                                         const auto value = number_from(text);
                                         if (!value || *value < Low || *value > High)
                                             return outcome::error(
                                                 must_be(number_between(Low, High), text));
                                         assign_number<Member>(target, *value);
                                         return outcome::taken();
                                     },
                                     show_number<Member>};

// As number, but 0 is allowed beside the range.
template <auto Member, std::int64_t Low, std::int64_t High>
inline constexpr option_value number_or_zero{
    [](const option_target& target, std::string_view text) {
        const auto value = number_from(text);
        if (!value || (*value != 0 && (*value < Low || *value > High)))
            return outcome::error(must_be("0 or " + number_between(Low, High), text));
        assign_number<Member>(target, *value);
        return outcome::taken();
    },
    show_number<Member>};

// A count where -1 says "no limit"; the member holds 0 for that.
template <auto Member>
inline constexpr option_value count_or_unlimited{
    [](const option_target& target, std::string_view text) {
        constexpr std::int64_t high = std::numeric_limits<std::int32_t>::max();
        const auto value = number_from(text);
        if (!value || *value == 0 || *value < -1 || *value > high)
            return outcome::error(must_be("-1 (no limit) or " + number_between(1, high), text));
        assign_number<Member>(target, *value == -1 ? 0 : *value);
        return outcome::taken();
    },
    [](const settings& all, const listener& current) {
        const auto value = number_of<Member>(all, current);
        return std::to_string(value == 0 ? -1 : value);
    }};

template <auto Member>
inline constexpr option_value flag{[](const option_target& target, std::string_view text) {
                                       const auto value = flag_from(text);
                                       if (!value)
                                           return outcome::error(must_be("true or false", text));
                                       written<Member>(target) = *value;
                                       return outcome::taken();
                                   },
                                   [](const settings& all, const listener& current) -> std::string {
                                       if constexpr (std::is_same_v<type_of<Member>, bool>) {
                                           return read<Member>(all, current) ? "true" : "false";
                                       } else {
                                           const auto& value = read<Member>(all, current);
                                           return !value ? "" : *value ? "true" : "false";
                                       }
                                   }};

// Text as it stands, spaces inside included.
template <auto Member, std::size_t BytesMax = 4096>
inline constexpr option_value text{
    [](const option_target& target, std::string_view value) {
        if (value.size() > BytesMax)
            return outcome::error("must not be longer than " + std::to_string(BytesMax) + " bytes");
        written<Member>(target) = std::string(value);
        return outcome::taken();
    },
    [](const settings& all, const listener& current) {
        return std::string(read<Member>(all, current));
    }};

// The path of a file or folder. mosquitto takes quotes as part of a name, which nobody means.
template <auto Member>
inline constexpr option_value path{
    [](const option_target& target, std::string_view value) {
        constexpr std::size_t bytes_max = 4096;
        if (value.size() > bytes_max)
            return outcome::error("must not be longer than " + std::to_string(bytes_max) +
                                  " bytes");
        if (value.front() == '"' || value.front() == '\'')
            return outcome::error("takes the path without quotes; spaces in it are "
                                  "no trouble");
        written<Member>(target) = std::string(value);
        return outcome::taken();
    },
    [](const settings& all, const listener& current) {
        return std::string(read<Member>(all, current));
    }};

// One word a line that passes Check, each line adding to a list of at most Most. Wanted says what
// passes.
template <auto Member, std::size_t Most, bool (*Check)(std::string_view), const char* Wanted>
inline constexpr option_value words{
    [](const option_target& target, std::string_view value) {
        if (value.find_first_of(" \t") != value.npos || !Check(value))
            return outcome::error(must_be(Wanted, value));
        auto& list = written<Member>(target);
        if (list.size() >= Most)
            return outcome::error("may be given " + std::to_string(Most) + " times at the most");
        list.emplace_back(value);
        return outcome::taken();
    },
    [](const settings& all, const listener& current) {
        std::string shown;
        for (const auto& each : read<Member>(all, current))
            shown += (shown.empty() ? "" : " ") + each;
        return shown;
    }};

// The sentence of a row as the end of another one.
inline std::string continued(std::string_view sentence) {
    std::string text(sentence.substr(0, sentence.find_last_not_of('.') + 1));
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

// A warning made of the row's sentence, which says what is so instead.
inline outcome no_effect(const option_target& target) {
    std::string sentence = "has no effect";
    if (target.row != nullptr)
        sentence += ": " + continued(target.row->sentence);
    return outcome::warning(std::move(sentence));
}

inline std::string show_nothing(const settings&, const listener&) {
    return {};
}

// Values of options without an effect: checked, so that a slip is found here as in mosquitto.
inline constexpr option_value noted_text{
    [](const option_target& target, std::string_view) { return no_effect(target); }, show_nothing};

inline constexpr option_value noted_flag{
    [](const option_target& target, std::string_view text) {
        return flag_from(text) ? no_effect(target) : outcome::error(must_be("true or false", text));
    },
    show_nothing};

template <std::int64_t Low, std::int64_t High>
inline constexpr option_value noted_number{[](const option_target& target, std::string_view text) {
                                               const auto value = number_from(text);
                                               if (!value || *value < Low || *value > High)
                                                   return outcome::error(
                                                       must_be(number_between(Low, High), text));
                                               return no_effect(target);
                                           },
                                           show_nothing};

// As noted_flag, for what is done anyway where the flag is as Here says.
template <bool Here>
inline constexpr option_value noted_unless{
    [](const option_target& target, std::string_view text) {
        const auto value = flag_from(text);
        if (!value)
            return outcome::error(must_be("true or false", text));
        return *value == Here ? outcome::taken() : no_effect(target);
    },
    show_nothing};

// For rows with origin::refused. The parser says why; nothing calls this but a test.
inline constexpr option_value refused{
    [](const option_target&, std::string_view) { return outcome::error("is not served"); },
    show_nothing};

} // namespace gateway::set
