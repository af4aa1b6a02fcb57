// The log file: every line with one write, and it can be opened again under its name while others
// write. Knows nothing of what a line says.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace gateway {

// Whom a file shall belong to.
struct file_owner {
    uid_t user = 0;
    gid_t group = 0;
};

// thread: any
class log_file {
public:
    // owner: gets the file if it did not exist before, as a process that has become that user could
    // not open it again otherwise. A file that was there keeps its owner: whoever can write to its
    // folder must not get another file from us by a link.
    log_file(std::string path, std::optional<file_owner> owner);
    ~log_file();
    log_file(const log_file&) = delete;
    log_file& operator=(const log_file&) = delete;

    // Returns what went wrong, if anything; the file that was open stays in use then.
    [[nodiscard]] std::optional<std::string> open_again();
    // What cannot be written is lost: a full disk must not stop the broker.
    void write(std::string_view text);

private:
    void close_file();

    const std::string path_;
    const std::optional<file_owner> owner_;
    std::mutex lock_; // file_
    int file_ = -1;
};

} // namespace gateway
