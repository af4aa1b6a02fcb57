#include "gateway/pid_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace gateway {

pid_file::pid_file(std::string path) : path_(std::move(path)) {
    // O_NONBLOCK: a pipe of that name must not hold the start up.
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
    if (file_ < 0 && errno == ELOOP)
        throw std::runtime_error("pid_file " + path_ + ": is a symbolic link");
    if (file_ < 0)
        throw std::system_error(errno, std::generic_category(), "pid_file " + path_);
    try {
        take();
    } catch (...) {
        ::close(file_);
        throw;
    }
}

void pid_file::take() {
    struct stat status {};
    if (::fstat(file_, &status) != 0 || !S_ISREG(status.st_mode))
        throw std::runtime_error("pid_file " + path_ + ": is no plain file");
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        throw std::runtime_error("pid_file " + path_ + ": belongs to a process that runs");
    const auto text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(file_, 0) != 0 ||
        ::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::system_error(errno, std::generic_category(), "pid_file " + path_);
}

pid_file::~pid_file() {
    struct stat ours {};
    struct stat named {};
    const bool still_ours = ::fstat(file_, &ours) == 0 && ::lstat(path_.c_str(), &named) == 0 &&
                            ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
    if (still_ours && ::unlink(path_.c_str()) != 0 && ::ftruncate(file_, 0) != 0)
        errno = 0; // a number that is no longer ours stays; nothing is left to be done about it
    ::close(file_);
}

} // namespace gateway
