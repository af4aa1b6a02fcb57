#include "gateway/pid_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace gateway {

pid_file::pid_file(std::string path) : path_(std::move(path)) {
    const auto text = std::to_string(::getpid()) + "\n";
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const bool written =
        file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int reason = errno;
    if (file >= 0)
        ::close(file);
    if (!written)
        throw std::system_error(reason, std::generic_category(), "pid_file " + path_);
}

pid_file::~pid_file() {
    ::unlink(path_.c_str());
}

} // namespace gateway
