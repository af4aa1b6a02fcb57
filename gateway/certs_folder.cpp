#include "gateway/certs_folder.hpp"

#include "mqtt/auth/password_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace {

constexpr mode_t folder_mode = 0755;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
    throw std::runtime_error(path + " " + what + ": " + std::generic_category().message(errno));
}

// A file under a name that nobody looks at, gone again unless it gets its own.
class unfinished_file {
public:
    // Beside its target: a name can't be moved to another file system.
    explicit unfinished_file(const std::string& target)
        : target_(target), path_(target + ".XXXXXX"),
          descriptor_(::mkostemp(path_.data(), O_CLOEXEC)) { // mode 0600
        if (descriptor_ < 0)
            fail(target_, "cannot be written");
    }
    ~unfinished_file() {
        ::close(descriptor_);
        if (!path_.empty())
            ::unlink(path_.c_str());
    }
    unfinished_file(const unfinished_file&) = delete;
    unfinished_file& operator=(const unfinished_file&) = delete;

    void write(std::string_view text) const {
        while (!text.empty()) {
            const auto count = ::write(descriptor_, text.data(), text.size());
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                fail(target_, "cannot be written");
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        if (::fsync(descriptor_) != 0)
            fail(target_, "cannot be written");
    }

    void set_mode(mode_t mode) const {
        if (::fchmod(descriptor_, mode) != 0)
            fail(target_, "cannot be written");
    }

    // Whoever could read the old file must be able to read this one: the broker, mostly.
    void look_like(const struct stat& old) const {
        const bool owned = old.st_uid == ::geteuid() && old.st_gid == ::getegid();
        if (!owned && ::fchown(descriptor_, old.st_uid, old.st_gid) != 0)
            fail(target_, "belongs to somebody else");
        set_mode(old.st_mode & 0777U);
    }

    void take_free_name() {
        if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) ==
            0) {
            path_.clear();
            return;
        }
        // Not every file system can do that, and those that can't can mostly do this.
        const bool unknown = errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;
        if (!unknown || ::link(path_.c_str(), target_.c_str()) != 0)
            fail(target_, "cannot be made");
    }

    void take_name() {
        if (::rename(path_.c_str(), target_.c_str()) != 0)
            fail(target_, "cannot be replaced");
        path_.clear();
    }

private:
    std::string target_;
    std::string path_; // empty: it has its own name
    int descriptor_;
};

// Behind symbolic links; the path itself where there is nothing yet.
std::string real_path(const std::string& path) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
    return real ? real.get() : path;
}

} // namespace

certs_folder::certs_folder(std::string path) : path_(std::move(path)) {
    while (path_.size() > 1 && path_.ends_with('/'))
        path_.pop_back();
    if (::mkdir(path_.c_str(), folder_mode) != 0 && errno != EEXIST)
        fail(path_, "cannot be made");
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0)
        fail(path_, "cannot be opened");
    // Where a file system has no locks for folders, files are still never overwritten; of two
    // commands at once, one may then end with a sentence about it.
    while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
}

certs_folder::~certs_folder() {
    ::close(descriptor_);
}

std::string certs_folder::full_path_of(const std::string& name) const {
    return real_path(path_) + "/" + name;
}

bool certs_folder::has(const std::string& name) const {
    struct stat what {};
    if (::lstat(path_of(name).c_str(), &what) == 0)
        return true;
    if (errno != ENOENT)
        fail(path_of(name), "cannot be read");
    return false;
}

std::optional<std::string> certs_folder::text(const std::string& name) const {
    if (!has(name))
        return std::nullopt;
    std::string text;
    if (const auto problem = mqtt::read_password_text(path_of(name), text); !problem.empty())
        throw std::runtime_error(path_of(name) + " " + problem);
    return text;
}

void certs_folder::add(const std::string& name, std::string_view text, file_mode mode) const {
    unfinished_file file(path_of(name));
    file.write(text);
    file.set_mode(static_cast<mode_t>(mode));
    file.take_free_name();
}

void certs_folder::replace(const std::string& name, std::string_view text, file_mode mode) const {
    const auto path = real_path(path_of(name));
    unfinished_file file(path);
    file.write(text);
    struct stat old {};
    if (::stat(path.c_str(), &old) == 0)
        file.look_like(old);
    else
        file.set_mode(static_cast<mode_t>(mode));
    file.take_name();
}

} // namespace gateway
