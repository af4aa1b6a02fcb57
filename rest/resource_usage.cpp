#include "rest/resource_usage.hpp"

#include <algorithm>
#include <charconv>
#include <dirent.h>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rest {
namespace {

std::string read_whole(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// The n-th word of the text, counted from 0.
std::string_view word(std::string_view text, std::size_t n) {
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
        const auto end = std::min(text.find_first_of(" \n"), text.size());
        if (n-- == 0)
            return text.substr(0, end);
        if (text.empty())
            return {};
        text.remove_prefix(end);
    }
}

// "btime 1700000000": when the machine was started.
std::int64_t boot_time() {
    const auto text = read_whole("/proc/stat");
    const auto at = text.find("\nbtime ");
    return at == std::string::npos ? 0 : number_of(std::string_view(text).substr(at + 7));
}

std::int64_t count_descriptors() {
    struct stat found {};
    if (::stat("/proc/self/fd", &found) == 0 && found.st_size > 0)
        return found.st_size; // since Linux 6.2 it is their number, and nothing has to be listed
    auto* folder = ::opendir("/proc/self/fd");
    if (folder == nullptr)
        return 0;
    std::int64_t count = -3; // ".", ".." and the one that is being read
    while (::readdir(folder) != nullptr)
        ++count;
    ::closedir(folder);
    return count;
}

} // namespace

resource_usage read_resource_usage() {
    resource_usage now;
    const auto text = read_whole("/proc/self/stat");
    // Behind the program's name, which may hold anything; see proc(5). The first word is the third.
    const auto end_of_name = text.rfind(')');
    if (end_of_name != std::string::npos) {
        const auto rest = std::string_view(text).substr(end_of_name + 1);
        const auto ticks = static_cast<double>(std::max(::sysconf(_SC_CLK_TCK), 1L));
        now.cpu_seconds =
            static_cast<double>(number_of(word(rest, 11)) + number_of(word(rest, 12))) / ticks;
        now.threads = number_of(word(rest, 17));
        static const auto started_up = boot_time();
        now.started_at = static_cast<double>(started_up) +
                         static_cast<double>(number_of(word(rest, 19))) / ticks;
        now.virtual_bytes = number_of(word(rest, 20));
        now.resident_bytes = number_of(word(rest, 21)) * ::sysconf(_SC_PAGESIZE);
    }
    now.open_descriptors = count_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        now.descriptors_max = static_cast<std::int64_t>(limit.rlim_cur);
    return now;
}

} // namespace rest
