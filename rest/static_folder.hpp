// Files of a folder of the operator's (http_dir): which name of a URL stands for which file, and
// what is in it. Nothing outside of the folder is ever opened, wherever a link leads.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace rest {

// Larger files are not served.
inline constexpr std::size_t served_file_bytes_max = 67'108'864;

struct served_file {
    enum class kind { missing, folder, file, too_large };
    kind what = kind::missing;
    std::string name; // of the file, for its type
    std::string bytes;
    std::string tag; // for ETag, in quotes
    std::time_t changed = 0;
};

// The path below the folder that a URL's path stands for: decoded once, "index.html" where it ends
// in '/'. Nothing: it can be none, such as one with "..", a name that begins with a dot, or a NUL.
std::optional<std::string> folder_path(std::string_view path);

// Reads what is there. below: as folder_path has it. `folder`: it is one, and its URL needs a '/'
// at the end. May block.
served_file read_served_file(const std::string& folder, const std::string& below);

} // namespace rest
