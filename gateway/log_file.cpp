#include "gateway/log_file.hpp"

#include "gateway/quoted.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace {

constexpr int for_appending = O_WRONLY | O_APPEND | O_CLOEXEC;
constexpr mode_t not_for_others = 0640;

} // namespace

log_file::log_file(std::string path, std::optional<file_owner> owner)
    : path_(std::move(path)), owner_(owner) {}

log_file::~log_file() {
    close_file();
}

std::optional<std::string> log_file::open_again() {
    const auto complaint = [this](const char* what) {
        return "the log file " + quoted(path_) + what + std::generic_category().message(errno);
    };
    const std::lock_guard hold(lock_);
    // O_EXCL follows no link: what is given away was made here.
    int opened = ::open(path_.c_str(), for_appending | O_CREAT | O_EXCL, not_for_others);
    const bool fresh = opened >= 0;
    if (!fresh && errno == EEXIST)
        opened = ::open(path_.c_str(), for_appending | O_CREAT, not_for_others);
    if (opened < 0)
        return complaint(" cannot be opened: ");
    if (fresh && owner_ && ::geteuid() == 0 && ::fchown(opened, owner_->user, owner_->group) != 0) {
        auto told = complaint(" cannot be given to its user: ");
        ::close(opened);
        return told;
    }
    close_file();
    file_ = opened;
    return std::nullopt;
}

void log_file::write(std::string_view text) {
    const std::lock_guard hold(lock_);
    if (file_ >= 0 && ::write(file_, text.data(), text.size()) < 0)
        return;
}

void log_file::close_file() {
    if (file_ >= 0)
        ::close(file_);
}

} // namespace gateway
