// A password file on its way to its next form, for the command that changes them. What is not
// changed stays as it stands, comments included; the file is replaced whole or not at all.
#pragma once

#include "mqtt/auth/password_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace mqtt {

class password_edit {
public:
    // What a file in plain text says of a user.
    struct plain_user {
        unsigned line;
        std::string name;
        std::string password;
    };

    // Each returns what is wrong, the path in front; empty: nothing.

    // fresh: begins with nothing, whether the file is there or not.
    std::string open(const std::string& path, bool fresh);
    // The users without a hash yet. A line that begins with '$' may be a hash, and hashed once more
    // it would let nobody in: it must be one that we know.
    std::string plain_users(std::vector<plain_user>& into) const;
    std::string write() const;

    // A user's name and what stands behind its colon.
    struct entry {
        std::string name;
        std::string stored;
    };
    // In the order of the file.
    std::vector<entry> entries() const;
    std::optional<entry> find(std::string_view username) const;

    // In the place of the user's line, or behind the others.
    void set(const std::string& username, const password_hash& hash);
    // False: there is no such user.
    bool remove(std::string_view username);

    const std::string& path() const { return path_; }

private:
    std::string path_; // behind symbolic links
    bool exists_ = false;
    struct stat look_ {};
    std::vector<std::string> lines_; // bound: password_file_bytes_max
};

} // namespace mqtt
