#include "mqtt/auth/acl_file.hpp"

#include "mqtt/auth/password_file.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"

#include <algorithm>
#include <optional>

namespace mqtt {
namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view without_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Cuts the first word off, and the blanks behind it.
std::string_view next_word(std::string_view& rest) {
    const auto end = std::min(rest.find_first_of(blanks), rest.size());
    const auto word = rest.substr(0, end);
    rest = without_blanks(rest.substr(end));
    return word;
}

std::optional<acl_access> access_of(std::string_view word) {
    if (word == "read")
        return acl_access::read;
    if (word == "write")
        return acl_access::write;
    if (word == "readwrite")
        return acl_access::readwrite;
    if (word == "deny")
        return acl_access::deny;
    return std::nullopt;
}

const char* filter_problem(std::string_view filter, acl_access access) {
    if (filter.size() > topic_bytes_max)
        return "the filter is longer than 65535 bytes";
    if (has_control_character(filter))
        return "the filter must not hold control characters";
    if (!is_topic_filter(filter))
        return "the filter is not well-formed: '+' fills a whole level, '#' the last one, and "
               "there are at most 200 levels";
    // Whoever subscribes to "$share/group/filter" is asked about the filter alone. A grant of the
    // whole is good for nothing, as with mosquitto; a denial would be thought to be good for
    // something.
    if (access == acl_access::deny && is_shared(filter))
        return "a denial is about topics: leave $share and the group out";
    return nullptr;
}

} // namespace

// Reads a text line by line into rules.
struct acl_rules::reader {
    acl_rules& rules;
    std::uint32_t holder = anonymous;

    // Returns what is wrong; null: nothing.
    const char* read_line(std::string_view line, unsigned number) {
        if (line.find('\0') != line.npos)
            return "the line holds a zero byte";
        if (line.starts_with('#') || without_blanks(line).empty())
            return nullptr;
        if (line.size() > acl_line_bytes_max)
            return "the line is too long";
        if (!is_utf8_string(line))
            return "the line must be UTF-8";
        auto rest = without_blanks(line);
        const auto word = next_word(rest);
        if (word == "user")
            return read_user(rest);
        if (word == "topic")
            return read_rule(rest, false, number);
        if (word == "pattern")
            return read_rule(rest, true, number);
        if (word.starts_with('#'))
            return "a comment has its '#' in the first column";
        return "must begin with user, topic or pattern";
    }

    const char* read_user(std::string_view name) {
        if (name.empty())
            return "the user name is missing";
        if (name.size() > acl_username_bytes_max)
            return "the user name is longer than 65535 bytes";
        if (has_control_character(name))
            return "the user name must not hold control characters";
        const auto next = static_cast<std::uint32_t>(rules.parts_.size());
        const auto [entry, added] = rules.holders_.emplace(name, next);
        if (added)
            rules.parts_.emplace_back(); // bound: acl_file_bytes_max
        holder = entry->second;
        return nullptr;
    }

    const char* read_rule(std::string_view rest, bool is_pattern, unsigned number) {
        if (rest.empty())
            return "the filter is missing";
        auto behind = rest;
        const auto access = access_of(next_word(behind));
        // mosquitto takes "topic deny" for a grant of the topic "deny".
        if (access && behind.empty())
            return "the filter is missing behind the access; for a topic of that name, write "
                   "\"readwrite\" in front of it";
        if (!access && !behind.empty())
            return "the access must be read, write, readwrite or deny; it can only be left out "
                   "where the filter holds no blank";
        const auto filter = access ? behind : rest;
        const auto granted = access.value_or(acl_access::readwrite);
        if (const auto* problem = filter_problem(filter, granted); problem != nullptr)
            return problem;
        if (rules.rules_.size() >= acl_rules_max)
            return "there are more than 2000000 rules";
        rules.add(is_pattern ? everybody : holder, granted, filter, is_pattern, number);
        return nullptr;
    }
};

acl_reading acl_rules::read_text(std::string_view text) {
    acl_reading reading;
    if (text.size() > acl_file_bytes_max)
        return {nullptr, {{0, "is larger than " + std::to_string(acl_file_bytes_max) + " bytes"}}};
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    const std::shared_ptr<acl_rules> rules(new acl_rules(std::string(text)));
    reader lines{*rules};
    std::string_view rest = rules->text_;
    for (unsigned number = 1; !rest.empty(); ++number) {
        if (reading.problems.size() >= acl_file_problems_max) {
            reading.problems.push_back(
                {number, "too many mistakes; the rest of the file was not read"});
            break;
        }
        const auto end = std::min(rest.find('\n'), rest.size());
        if (const auto* problem = lines.read_line(rest.substr(0, end), number); problem != nullptr)
            reading.problems.push_back({number, problem});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (!reading.problems.empty())
        return reading;
    rules->sort();
    reading.rules = rules;
    return reading;
}

acl_reading acl_rules::read(const std::string& path) {
    static_assert(acl_file_bytes_max == password_file_bytes_max); // it reads as much
    std::string text;
    if (auto problem = read_password_text(path, text); !problem.empty())
        return {nullptr, {{0, std::move(problem)}}};
    return read_text(text);
}

} // namespace mqtt
