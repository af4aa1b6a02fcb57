// Whom root becomes (option `user`), and what any other user gives up, once everything that needs
// more is open.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace gateway {

struct system_user {
    std::string name;
    uid_t user = 0;
    gid_t group = 0;
    bool stands_in = false; // for sluice or mosquitto, where there is none
};

// What is asked of the system; a test has others.
struct user_directory {
    // Null: there is no such user. Throws std::system_error when nobody can say.
    std::optional<system_user> (*find)(const std::string& name);
};
extern const user_directory system_users;

// The user that a program started by `started_by` becomes; none: it stays who it is. Throws
// std::runtime_error with a sentence when there is no such user.
std::optional<system_user> user_to_become(const std::string& name, uid_t started_by,
                                          const user_directory& from = system_users);

// From here on no program that we start gets more rights than we have, whatever its file says.
// thread: before any other exists, as each thread has to say it
void renounce_new_privileges();

// Becomes this user, with its groups and no others, for good. Throws std::runtime_error with a
// sentence when it does not come true. thread: before those that serve clients exist; the C library
// takes the others along
void become(const system_user& whom);

// What a user other than root was lent to open ports with is given back. thread: as above, for this
// thread and those that it starts
void drop_capabilities();

} // namespace gateway
