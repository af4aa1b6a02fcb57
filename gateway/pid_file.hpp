// The file with the number of this process: written at the start, gone at the end.
#pragma once

#include <string>

namespace gateway {

class pid_file {
public:
    // Replaces what an earlier process has left. Follows no link at the end of the path: this is
    // done as root, and its folder may be somebody else's. Throws std::system_error where the file
    // cannot be written, std::runtime_error where it is no plain file or another process that runs
    // has it.
    explicit pid_file(std::string path);
    // Removes it; where the user that this process has become may not, it is left empty. A file
    // that somebody has put in its place stays.
    ~pid_file();

    pid_file(const pid_file&) = delete;
    pid_file& operator=(const pid_file&) = delete;

private:
    void take();

    std::string path_;
    int file_ = -1; // open and locked while this process runs
};

} // namespace gateway
