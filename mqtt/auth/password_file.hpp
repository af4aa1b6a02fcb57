// Users and their stored passwords, as a file in mosquitto's form has them: `user:hash` a line,
// a comment where the first character is '#'. Whole or not at all: a file with a mistake gives no
// users. Never changes after it was read, so any thread may look.
#pragma once

#include "mqtt/auth/password_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mqtt {

inline constexpr std::size_t password_file_bytes_max = 67'108'864;
// A file that holds no users at all must not fill the screen.
inline constexpr std::size_t password_file_problems_max = 100;

struct password_file_problem {
    unsigned line; // 0: the file as a whole
    std::string sentence;
};

struct password_file_reading;

// A line, taken apart: both sides without the blanks around them.
struct password_line {
    std::string_view username;
    std::string_view hash; // or whatever stands behind the first colon
    bool has_user = false; // false: blank, or a comment
    bool has_colon = false;
};
password_line split_password_line(std::string_view line);

// The text of a file, as long as it may be. Returns what is wrong; empty: nothing.
std::string read_password_text(const std::string& path, std::string& into);

// Why nobody can be called so in a password file; empty: somebody can.
std::string username_problem(std::string_view name);

class password_file {
public:
    static password_file_reading read(const std::string& path);
    static password_file_reading read_text(std::string_view text);

    // null: there is no such user
    const password_hash* find(std::string_view username) const;

    // Somebody's hash, always the same for the same number: what to check a user against who does
    // not exist, so that the check is as dear as others. null: there are no users.
    const password_hash* any(std::uint64_t number) const;
    // The same among those with SCRAM keys.
    const password_hash* any_scram(std::uint64_t number) const;

    std::size_t size() const { return users_.size(); }

private:
    struct user {
        std::string name;
        password_hash hash;
    };
    // Looked up by views, without a copy of the name.
    struct name_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const {
            return std::hash<std::string_view>()(name);
        }
    };

    void read_line(std::string_view line, unsigned number,
                   std::vector<password_file_problem>& problems);

    std::vector<user> users_; // bound: password_file_bytes_max
    std::vector<std::size_t> scram_users_;
    std::unordered_map<std::string, std::size_t, name_hash, std::equal_to<>> by_name_;
    std::vector<unsigned> lines_; // of the users, to say where a name stood first
};

struct password_file_reading {
    std::shared_ptr<const password_file> users; // null where there are problems
    std::vector<password_file_problem> problems;
};

} // namespace mqtt
