#include "mqtt/broker/pull_text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <span>

namespace mqtt {
namespace {

// Leases that are written down; of more, some are forgotten with the process.
constexpr std::size_t kept_leases_max = 2000;

// So many numbers in decimal, with spaces between them. False: it is something else.
bool read_numbers(std::string_view line, std::span<std::uint64_t> into) {
    for (auto& number : into) {
        const auto end = std::from_chars(line.data(), line.data() + line.size(), number);
        if (end.ec != std::errc())
            return false;
        line.remove_prefix(static_cast<std::size_t>(end.ptr - line.data()));
        if (line.starts_with(' '))
            line.remove_prefix(1);
    }
    return line.empty();
}

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

std::int64_t milliseconds_of(wall_time at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

} // namespace

std::string pull_terms_text(const pull_terms& terms, bool reserved) {
    std::string text;
    for (const std::uint32_t number :
         {terms.expiry, terms.max_queued, std::uint32_t{terms.drop_newest}, terms.lease,
          terms.max_deliveries, std::uint32_t{reserved}})
        text += (text.empty() ? "" : " ") + std::to_string(number);
    return text + "\n" + terms.dead_letter;
}

std::optional<kept_pull_terms> parse_pull_terms(std::string_view text) {
    std::array<std::uint64_t, 6> numbers{};
    if (!read_numbers(take_line(text), numbers))
        return std::nullopt;
    for (const auto number : numbers)
        if (number > UINT32_MAX)
            return std::nullopt;
    kept_pull_terms read;
    read.terms.expiry = static_cast<std::uint32_t>(numbers[0]);
    read.terms.max_queued = static_cast<std::uint32_t>(numbers[1]);
    read.terms.drop_newest = numbers[2] != 0;
    read.terms.lease = static_cast<std::uint32_t>(numbers[3]);
    read.terms.max_deliveries = static_cast<std::uint32_t>(numbers[4]);
    read.reserved = numbers[5] != 0;
    read.terms.dead_letter = text;
    return read;
}

std::string pull_leases_text(const pulled_queue& of, steady_time now, wall_time wall) {
    std::string text;
    std::size_t lines = 0;
    for (const auto& [id, record] : of.leases()) {
        if (++lines > kept_leases_max)
            break;
        const bool lasts = record.holder == 0 && record.until > now;
        const auto left = std::chrono::duration_cast<wall_time::duration>(record.until - now);
        text += std::to_string(id) + " " + std::to_string(record.deliveries) + " " +
                std::to_string(lasts ? milliseconds_of(wall + left) : 0) + " " +
                (record.returned ? "1" : "0") + "\n";
    }
    return text;
}

std::vector<std::pair<std::uint64_t, pulled_queue::lease_record>>
parse_pull_leases(std::string_view text, steady_time now, wall_time wall) {
    std::vector<std::pair<std::uint64_t, pulled_queue::lease_record>> found;
    const auto from = static_cast<std::uint64_t>(milliseconds_of(wall));
    constexpr std::uint64_t longest =
        86'400'000; // a clock that was set back holds nothing for days
    while (!text.empty() && found.size() < kept_leases_max) {
        std::array<std::uint64_t, 4> numbers{};
        if (!read_numbers(take_line(text), numbers))
            continue;
        pulled_queue::lease_record one;
        one.deliveries = static_cast<std::uint32_t>(numbers[1]);
        const auto left = numbers[2] > from ? numbers[2] - from : 0;
        one.until = now + std::chrono::milliseconds(left < longest ? left : longest);
        one.returned = numbers[3] != 0;
        found.emplace_back(numbers[0], one);
    }
    return found;
}

} // namespace mqtt
