// The file with the number of this process: written at the start, gone at the end.
#pragma once

#include <string>

namespace gateway {

class pid_file {
public:
    // Throws std::system_error where the file cannot be written.
    explicit pid_file(std::string path);
    ~pid_file();

    pid_file(const pid_file&) = delete;
    pid_file& operator=(const pid_file&) = delete;

private:
    std::string path_;
};

} // namespace gateway
