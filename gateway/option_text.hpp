// Values of options from text and back to text, with the sentences that say what is wrong. Knows no
// option by name.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

std::string_view trimmed(std::string_view text);

// The first word, and the rest without the space around it.
struct split_text {
    std::string_view word;
    std::string_view rest;
};
split_text first_word(std::string_view text);

std::optional<std::int64_t> number_from(std::string_view text); // decimal, all of the text
std::optional<bool> flag_from(std::string_view text);           // true, false, 1, 0

// mosquitto's durations: a number and one of h d w m y; a month has 30 days, a year 365.
std::optional<std::chrono::seconds> duration_from(std::string_view text);
std::string duration_text(std::chrono::seconds value); // the largest unit that divides it

std::string must_be(std::string_view wanted, std::string_view text); // "must be ..., not '...'"
std::string number_between(std::int64_t low, std::int64_t high);

// Steps from one word to the other: a letter added, dropped, changed, or swapped with its
// neighbour.
std::size_t edit_distance(std::string_view left, std::string_view right);

// The candidate that somebody who wrote `text` most likely meant; empty: none is near.
std::string_view nearest(std::string_view text, const std::vector<std::string_view>& candidates);

} // namespace gateway
