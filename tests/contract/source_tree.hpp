// The source files of the project, for the tests that read them. Reads files only.
#pragma once

#include "tests/support/catch2_any.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace contract {

struct source_file {
    std::string path; // from the root of the project, with '/'
    std::string text;

    bool is_header() const { return path.ends_with(".hpp"); }
};

inline std::filesystem::path root() {
    return SLUICE_SOURCE_DIR;
}

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

inline bool is_generated_folder(std::string_view name) {
    return name == "node_modules" || name == "dist" || name == "build" || name.starts_with('.');
}

// Every file below these folders with one of these endings, sorted by path. A folder that is not
// there yet has none.
inline std::vector<source_file> source_files(std::initializer_list<std::string_view> folders,
                                             std::initializer_list<std::string_view> endings) {
    namespace fs = std::filesystem;
    std::vector<source_file> files;
    for (const auto folder : folders) {
        if (!fs::is_directory(root() / folder))
            continue;
        for (fs::recursive_directory_iterator at(root() / folder), end; at != end; ++at) {
            if (at->is_directory() && is_generated_folder(at->path().filename().string()))
                at.disable_recursion_pending();
            const auto ending = at->path().extension().string();
            if (at->is_regular_file() &&
                std::find(endings.begin(), endings.end(), ending) != endings.end())
                files.push_back(
                    {fs::relative(at->path(), root()).generic_string(), read_text(at->path())});
        }
    }
    std::sort(files.begin(), files.end(),
              [](const auto& left, const auto& right) { return left.path < right.path; });
    return files;
}

} // namespace contract
