#include "mqtt/auth/password_file.hpp"

#include "mqtt/types/utf8.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace mqtt {
namespace {

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

class open_file {
public:
    // Without blocking, so that a pipe without a writer is told apart instead of waited for.
    explicit open_file(const std::string& path)
        : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~open_file() {
        if (descriptor_ >= 0)
            ::close(descriptor_);
    }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;

    // What is wrong with it; empty: nothing, and the text is in `into`.
    std::string read_all(std::string& into) const {
        struct stat what {};
        if (descriptor_ < 0 || ::fstat(descriptor_, &what) != 0)
            return unreadable(errno);
        if (S_ISDIR(what.st_mode))
            return unreadable(EISDIR);
        if (!S_ISREG(what.st_mode))
            return "is no file but a device or a pipe";
        std::array<char, 65'536> chunk;
        for (;;) {
            const auto count = ::read(descriptor_, chunk.data(), chunk.size());
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                return unreadable(errno);
            if (count == 0)
                break;
            into.append(chunk.data(), static_cast<std::size_t>(count));
            if (into.size() > password_file_bytes_max)
                return "is larger than " + std::to_string(password_file_bytes_max) + " bytes";
        }
        return {};
    }

private:
    static std::string unreadable(int reason) {
        return "cannot be read: " + std::generic_category().message(reason);
    }

    int descriptor_;
};

} // namespace

password_line split_password_line(std::string_view line) {
    if (line.starts_with('#') || without_blanks(line).empty())
        return {};
    const auto colon = line.find(':');
    if (colon == line.npos)
        return {without_blanks(line), {}, true, false};
    return {without_blanks(line.substr(0, colon)), without_blanks(line.substr(colon + 1)), true,
            true};
}

std::string username_problem(std::string_view name) {
    if (name.empty())
        return "the user name is empty";
    if (name.size() > username_bytes_max)
        return "the user name is longer than " + std::to_string(username_bytes_max) + " bytes";
    if (!is_utf8_string(name) || has_control_character(name))
        return "the user name must be UTF-8 without control characters";
    if (name.find(':') != name.npos)
        return "the user name must not hold ':'";
    if (name.starts_with('#'))
        return "the user name must not begin with '#'";
    if (without_blanks(name) != name)
        return "the user name must not begin or end with a blank";
    return {};
}

void password_file::read_line(std::string_view line, unsigned number,
                              std::vector<password_file_problem>& problems) {
    const auto parts = split_password_line(line);
    if (!parts.has_user)
        return;
    if (!parts.has_colon)
        return problems.push_back({number, "must be a user name, a colon and a hash"});
    if (auto problem = username_problem(parts.username); !problem.empty())
        return problems.push_back({number, std::move(problem)});
    const auto [entry, added] = by_name_.emplace(parts.username, users_.size());
    if (!added)
        return problems.push_back({number, "the user stands on line " +
                                               std::to_string(lines_[entry->second]) + " already"});
    auto reading = password_hash::read(parts.hash);
    if (!reading.hash)
        problems.push_back({number, std::move(reading.problem)});
    else if (reading.hash->scheme() == password_scheme::scram_sha_256)
        scram_users_.push_back(users_.size());
    // A user with a broken hash takes a place, too: with a problem the whole file counts for
    // nothing.
    users_.push_back({entry->first, reading.hash.value_or(password_hash())});
    lines_.push_back(number);
}

password_file_reading password_file::read_text(std::string_view text) {
    password_file_reading reading;
    auto users = std::make_shared<password_file>();
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    for (unsigned number = 1; !text.empty(); ++number) {
        if (reading.problems.size() >= password_file_problems_max) {
            reading.problems.push_back(
                {number, "too many mistakes; the rest of the file was not read"});
            break;
        }
        const auto end = std::min(text.find('\n'), text.size());
        users->read_line(text.substr(0, end), number, reading.problems);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (reading.problems.empty())
        reading.users = std::move(users);
    return reading;
}

std::string read_password_text(const std::string& path, std::string& into) {
    return open_file(path).read_all(into);
}

password_file_reading password_file::read(const std::string& path) {
    std::string text;
    if (auto problem = read_password_text(path, text); !problem.empty())
        return {nullptr, {{0, std::move(problem)}}};
    return read_text(text);
}

const password_hash* password_file::find(std::string_view username) const {
    const auto found = by_name_.find(username);
    return found == by_name_.end() ? nullptr : &users_[found->second].hash;
}

const password_hash* password_file::any(std::uint64_t number) const {
    return users_.empty() ? nullptr : &users_[number % users_.size()].hash;
}

const password_hash* password_file::any_scram(std::uint64_t number) const {
    return scram_users_.empty() ? nullptr
                                : &users_[scram_users_[number % scram_users_.size()]].hash;
}

} // namespace mqtt
