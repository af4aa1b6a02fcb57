// Access files in mosquitto's form: a `user` line and the `topic` lines below it, and `pattern`
// lines for everybody. Whole or not at all: a file with a mistake gives no rules, and an empty one
// gives rules that deny everything.
#pragma once

#include "mqtt/auth/acl_rules.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace mqtt {

inline constexpr std::size_t acl_file_bytes_max = 67'108'864;
inline constexpr std::size_t acl_rules_max = 2'000'000;
// A filter is as long as a topic may be; the words in front of it fit, too.
inline constexpr std::size_t acl_line_bytes_max = 65'535 + 64;
inline constexpr std::size_t acl_username_bytes_max = 65'535; // as CONNECT may have it
// A file of another kind must not fill the screen.
inline constexpr std::size_t acl_file_problems_max = 100;

struct acl_file_problem {
    unsigned line; // 0: the file as a whole
    std::string sentence;
};

struct acl_reading {
    std::shared_ptr<const acl_rules> rules; // null where there are problems
    std::vector<acl_file_problem> problems;
};

} // namespace mqtt
