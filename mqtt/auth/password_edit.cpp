#include "mqtt/auth/password_edit.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <unordered_map>
#include <utility>

namespace mqtt {
namespace {

std::string by_system(const std::string& path, const std::string& what) {
    return path + " " + what + ": " + std::generic_category().message(errno);
}

bool is_of(std::string_view line, std::string_view username) {
    const auto parts = split_password_line(line);
    return parts.has_user && parts.username == username;
}

// A file beside the one that it will replace, gone again unless it does.
class replacement {
public:
    explicit replacement(const std::string& target)
        : path_(target + ".XXXXXX"), descriptor_(::mkostemp(path_.data(), O_CLOEXEC)) {
    } // mode 0600
    ~replacement() {
        if (descriptor_ < 0)
            return;
        ::close(descriptor_);
        ::unlink(path_.c_str()); // nothing is there when it has taken its place
    }
    replacement(const replacement&) = delete;
    replacement& operator=(const replacement&) = delete;

    bool is_open() const { return descriptor_ >= 0; }

    // Whoever could read the old file must be able to read this one: the broker, mostly.
    bool look_like(const struct stat& old) const {
        const bool owned = old.st_uid == ::geteuid() && old.st_gid == ::getegid();
        return (owned || ::fchown(descriptor_, old.st_uid, old.st_gid) == 0) &&
               ::fchmod(descriptor_, old.st_mode & 0777U) == 0;
    }

    bool write(std::string_view text) const {
        while (!text.empty()) {
            const auto count = ::write(descriptor_, text.data(), text.size());
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                return false;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        return ::fsync(descriptor_) == 0;
    }

    bool replace(const std::string& target) const {
        return ::rename(path_.c_str(), target.c_str()) == 0;
    }

private:
    std::string path_;
    int descriptor_;
};

} // namespace

std::string password_edit::open(const std::string& path, bool fresh) {
    path_ = path;
    if (char* real = ::realpath(path.c_str(), nullptr)) {
        path_ = real;
        std::free(real);
    }
    exists_ = ::stat(path_.c_str(), &look_) == 0;
    if (!exists_ && errno == ENOENT && fresh)
        return {};
    if (!exists_)
        return by_system(path_, "cannot be read");
    if (fresh)
        return S_ISREG(look_.st_mode) ? "" : path_ + " is no file";
    std::string text;
    if (auto problem = read_password_text(path_, text); !problem.empty())
        return path_ + " " + problem;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        lines_.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return {};
}

std::string password_edit::plain_users(std::vector<plain_user>& into) const {
    std::unordered_map<std::string_view, unsigned> seen;
    unsigned number = 0;
    for (const auto& line : lines_) {
        ++number;
        const auto parts = split_password_line(line);
        if (!parts.has_user)
            continue;
        const auto wrong = [&](const std::string& sentence) {
            return path_ + ":" + std::to_string(number) + ": " + sentence;
        };
        if (!parts.has_colon)
            return wrong("must be a user name, a colon and a password");
        if (const auto problem = username_problem(parts.username); !problem.empty())
            return wrong(problem);
        const auto [first, added] = seen.emplace(parts.username, number);
        if (!added)
            return wrong("the user stands on line " + std::to_string(first->second) + " already");
        if (!parts.hash.starts_with('$'))
            into.push_back({number, std::string(parts.username), std::string(parts.hash)});
        else if (const auto read = password_hash::read(parts.hash); !read.hash)
            return wrong(read.problem);
    }
    return {};
}

std::vector<password_edit::entry> password_edit::entries() const {
    std::vector<entry> found;
    for (const auto& line : lines_) {
        const auto parts = split_password_line(line);
        if (parts.has_user)
            found.push_back({std::string(parts.username), std::string(parts.hash)});
    }
    return found;
}

std::optional<password_edit::entry> password_edit::find(std::string_view username) const {
    for (const auto& line : lines_)
        if (is_of(line, username))
            return entry{std::string(username), std::string(split_password_line(line).hash)};
    return std::nullopt;
}

void password_edit::set(const std::string& username, const password_hash& hash) {
    auto line = username + ":" + hash.text();
    const auto of_user = [&](const std::string& each) { return is_of(each, username); };
    const auto found = std::find_if(lines_.begin(), lines_.end(), of_user);
    if (found == lines_.end())
        return lines_.push_back(std::move(line));
    *found = std::move(line);
    lines_.erase(std::remove_if(found + 1, lines_.end(), of_user), lines_.end());
}

bool password_edit::remove(std::string_view username) {
    return std::erase_if(lines_, [&](const auto& each) { return is_of(each, username); }) > 0;
}

std::string password_edit::write() const {
    std::string text;
    for (const auto& line : lines_)
        text.append(line).append("\n");
    const replacement next(path_);
    if (!next.is_open())
        return by_system(path_, "cannot be replaced");
    if (exists_ && !next.look_like(look_))
        return by_system(path_, "belongs to somebody else");
    if (!next.write(text) || !next.replace(path_))
        return by_system(path_, "cannot be replaced");
    return {};
}

} // namespace mqtt
