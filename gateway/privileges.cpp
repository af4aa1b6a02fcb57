#include "gateway/privileges.hpp"

#include "gateway/quoted.hpp"

#include <array>
#include <cerrno>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace gateway {
namespace {

constexpr std::size_t record_bytes_max = 1U << 20; // of a user in a directory service

std::optional<system_user> find_on_system(const std::string& name) {
    std::vector<char> text(1U << 10);
    passwd record{};
    passwd* found = nullptr;
    int failure = 0;
    while ((failure = ::getpwnam_r(name.c_str(), &record, text.data(), text.size(), &found)) ==
               ERANGE &&
           text.size() < record_bytes_max)
        text.resize(text.size() * 2);
    if (found != nullptr)
        return system_user{name, record.pw_uid, record.pw_gid};
    // POSIX leaves open how "no such user" is said.
    if (failure == 0 || failure == ENOENT || failure == ESRCH || failure == EBADF ||
        failure == EPERM)
        return std::nullopt;
    throw std::system_error(failure, std::generic_category(), "user " + quoted(name));
}

[[noreturn]] void refuse(const system_user& whom, const std::string& what) {
    throw std::runtime_error("cannot become the user " + quoted(whom.name) + ": " + what);
}

void check(int outcome, const system_user& whom, const char* what) {
    if (outcome != 0)
        refuse(whom, std::string(what) + ": " + std::generic_category().message(errno));
}

// A system call that says "done" and did nothing has cost others their machines.
void check_that_root_is_gone(const system_user& whom) {
    std::array<uid_t, 3> users{};
    std::array<gid_t, 3> groups{};
    check(::getresuid(&users[0], &users[1], &users[2]), whom, "getresuid");
    check(::getresgid(&groups[0], &groups[1], &groups[2]), whom, "getresgid");
    for (const auto each : users)
        if (each != whom.user)
            refuse(whom, "the user did not change");
    for (const auto each : groups)
        if (each != whom.group)
            refuse(whom, "the group did not change");
    if (::setuid(0) == 0 || ::seteuid(0) == 0)
        refuse(whom, "root could be had back");
}

} // namespace

const user_directory system_users{find_on_system};

std::optional<system_user> user_to_become(const std::string& name, uid_t started_by,
                                          const user_directory& from) {
    if (started_by != 0)
        return std::nullopt;
    auto found = from.find(name);
    if (!found && (name == "sluice" || name == "mosquitto")) {
        found = from.find("nobody"); // as mosquitto does
        if (found)
            found->stands_in = true;
    }
    if (!found)
        throw std::runtime_error("there is no user " + quoted(name) +
                                 "; the option user names the one that this program becomes");
    if (found->user == 0)
        return std::nullopt;
    return found;
}

void renounce_new_privileges() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw std::system_error(errno, std::generic_category(), "no_new_privs");
}

void become(const system_user& whom) {
    // The groups first: they need root.
    check(::initgroups(whom.name.c_str(), whom.group), whom, "initgroups");
    check(::setresgid(whom.group, whom.group, whom.group), whom, "setresgid");
    check(::setresuid(whom.user, whom.user, whom.user), whom, "setresuid");
    check_that_root_is_gone(whom);
    // The kernel now lets nobody of the same user look into this program, and writes no core file:
    // both would hold the keys that root has read. fs.suid_dumpable of the machine says otherwise.
#ifdef __SANITIZE_ADDRESS__
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); // the search for leaks looks into its own program
#endif
}

void drop_capabilities() {
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); // of kernels that have them
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    if (::syscall(SYS_capset, &header, none.data()) != 0)
        throw std::system_error(errno, std::generic_category(), "capset");
}

} // namespace gateway
