#include "mqtt/store/store_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/file.h>
#include <unistd.h>

namespace mqtt {
namespace {

// Who has it, for people: the number that the other one wrote into the file.
std::string holder_of(int descriptor) {
    char text[24] = {};
    const auto size = ::pread(descriptor, text, sizeof text - 1, 0);
    std::string said(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    const auto end = said.find_first_not_of("0123456789");
    said.resize(end == said.npos ? said.size() : end);
    return said.empty() ? std::string() : " (process " + said + ")";
}

} // namespace

store_lock::store_lock(const std::string& folder) {
    const auto path = folder + "/" + file_name;
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor_ < 0)
        throw std::runtime_error("the store in " + folder +
                                 " can't be opened: " + std::strerror(errno));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const auto holder = holder_of(descriptor_);
        ::close(descriptor_);
        throw std::runtime_error("the store in " + folder + " is in use by another process" +
                                 holder);
    }
    const auto self = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor_, 0) != 0 ||
        ::pwrite(descriptor_, self.data(), self.size(), 0) < 0) {
        // who it is stays unknown; the lock holds all the same
    }
}

store_lock::~store_lock() {
    ::close(descriptor_);
}

} // namespace mqtt
