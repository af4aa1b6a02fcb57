#include "rest/static_folder.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/percent.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rest {
namespace {

constexpr std::size_t path_bytes_max = 1024;

class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() {
        if (number_ >= 0)
            ::close(number_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }

private:
    int number_;
};

// A FIFO without a writer would block the open.
constexpr int open_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

// Name by name, taking no link at all: for kernels without openat2.
int open_plainly(int folder, const std::string& below) {
    int at = ::dup(folder);
    for (std::string_view rest = below; at >= 0;) {
        const auto slash = rest.find('/');
        const std::string name(rest.substr(0, slash));
        const int next = ::openat(at, name.c_str(), open_flags | O_NOFOLLOW);
        ::close(at);
        at = next;
        if (slash == rest.npos)
            break;
        rest.remove_prefix(slash + 1);
    }
    return at;
}

// The kernel itself sees to it that neither ".." nor a link leads out.
int open_below(int folder, const std::string& below) {
    struct open_how how {};
    how.flags = open_flags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const auto opened = static_cast<int>(::syscall(SYS_openat2, folder, below.c_str(), &how,
                                                   sizeof how)); // glibc has no name for it
    if (opened >= 0 || (errno != ENOSYS && errno != EPERM))
        return opened;
    return open_plainly(folder, below);
}

bool read_whole(int file, std::size_t size, std::string& into) {
    into.resize(size);
    std::size_t done = 0;
    while (done < size) {
        const auto count = ::read(file, into.data() + done, size - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        done += static_cast<std::size_t>(count);
    }
    return done == size; // else it has just been cut short
}

std::string tag_of(const struct stat& found) {
    return '"' + std::to_string(found.st_mtim.tv_sec) + "-" +
           std::to_string(found.st_mtim.tv_nsec) + "-" + std::to_string(found.st_size) + '"';
}

} // namespace

std::optional<std::string> folder_path(std::string_view path) {
    std::string decoded;
    if (!path.starts_with('/') || path.size() > path_bytes_max ||
        !percent_decode(path.substr(1), decoded) || decoded.find('\0') != decoded.npos ||
        !mqtt::is_utf8(decoded))
        return std::nullopt;
    if (decoded.empty() || decoded.ends_with('/'))
        decoded += "index.html";
    for (std::string_view rest = decoded;;) {
        const auto slash = rest.find('/');
        const auto name = rest.substr(0, slash);
        // Also "." and "..", and what editors and tools hide.
        if (name.empty() || name.starts_with('.') || name.find('\\') != name.npos)
            return std::nullopt;
        if (slash == rest.npos)
            return decoded;
        rest.remove_prefix(slash + 1);
    }
}

served_file read_served_file(const std::string& folder, const std::string& below) {
    served_file made;
    const descriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root.is_open())
        return made;
    const descriptor file(open_below(root.number(), below));
    struct stat found {};
    if (!file.is_open() || ::fstat(file.number(), &found) != 0)
        return made;
    if (S_ISDIR(found.st_mode)) {
        made.what = served_file::kind::folder;
        return made;
    }
    if (!S_ISREG(found.st_mode))
        return made;
    const auto size = static_cast<std::size_t>(found.st_size);
    if (size > served_file_bytes_max) {
        made.what = served_file::kind::too_large;
        return made;
    }
    if (!read_whole(file.number(), size, made.bytes))
        return made;
    made.what = served_file::kind::file;
    made.name = below;
    made.tag = tag_of(found);
    made.changed = found.st_mtim.tv_sec;
    return made;
}

} // namespace rest
