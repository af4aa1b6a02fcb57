#include "rest/time_text.hpp"

#include <array>
#include <chrono>

namespace rest {
namespace {

struct calendar {
    std::chrono::year_month_day day;
    std::chrono::weekday weekday;
    std::chrono::hh_mm_ss<std::chrono::milliseconds> time;
};

calendar split(mqtt::wall_time when) {
    const auto moment = std::chrono::floor<std::chrono::milliseconds>(when);
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    return {std::chrono::year_month_day{day}, std::chrono::weekday{day},
            std::chrono::hh_mm_ss{moment - day}};
}

void append_digits(std::string& out, unsigned number, unsigned width) {
    std::array<char, 4> digits{};
    for (unsigned i = width; i > 0; --i) {
        digits[i - 1] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
    out.append(digits.data(), width);
}

void append_time(std::string& out, const calendar& at) {
    append_digits(out, static_cast<unsigned>(at.time.hours().count()), 2);
    out += ':';
    append_digits(out, static_cast<unsigned>(at.time.minutes().count()), 2);
    out += ':';
    append_digits(out, static_cast<unsigned>(at.time.seconds().count()), 2);
}

} // namespace

std::string http_date(mqtt::wall_time when) {
    constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto at = split(when);
    std::string out = weekdays[at.weekday.c_encoding()];
    out += ", ";
    append_digits(out, static_cast<unsigned>(at.day.day()), 2);
    out += ' ';
    out += months[static_cast<unsigned>(at.day.month()) - 1];
    out += ' ';
    append_digits(out, static_cast<unsigned>(static_cast<int>(at.day.year())), 4);
    out += ' ';
    append_time(out, at);
    out += " GMT";
    return out;
}

void append_rfc3339(std::string& out, mqtt::wall_time when) {
    const auto at = split(when);
    append_digits(out, static_cast<unsigned>(static_cast<int>(at.day.year())), 4);
    out += '-';
    append_digits(out, static_cast<unsigned>(at.day.month()), 2);
    out += '-';
    append_digits(out, static_cast<unsigned>(at.day.day()), 2);
    out += 'T';
    append_time(out, at);
    out += '.';
    append_digits(out, static_cast<unsigned>(at.time.subseconds().count()), 3);
    out += 'Z';
}

} // namespace rest
