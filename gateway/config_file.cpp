#include "gateway/config_file.hpp"

#include "gateway/config_parser.hpp"
#include "gateway/quoted.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace gateway {

namespace {

constexpr std::size_t included_files_max = 1000; // of one folder

struct file_closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

char small_letter(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

// mosquitto's order: that of the alphabet, and A before a before B.
bool stands_before(const std::string& left, const std::string& right) {
    const auto difference = std::mismatch(
        left.begin(), left.end(), right.begin(), right.end(),
        [](char one, char other) { return small_letter(one) == small_letter(other); });
    if (difference.first == left.end() && difference.second == right.end())
        return left < right;
    if (difference.first == left.end() || difference.second == right.end())
        return difference.first == left.end();
    return static_cast<unsigned char>(small_letter(*difference.first)) <
           static_cast<unsigned char>(small_letter(*difference.second));
}

class disk : public file_source {
public:
    std::vector<std::string> files_of(const std::string& folder, std::string& problem) override {
        std::vector<std::string> names;
        std::error_code failure;
        std::filesystem::directory_iterator entry(folder, failure);
        for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
            if (auto name = entry->path().filename().string(); name.ends_with(".conf")) {
                if (names.size() == included_files_max) {
                    problem = fmt::format("holds more than {} files", included_files_max);
                    return {};
                }
                names.push_back(std::move(name));
            }
        if (failure)
            problem = "cannot be read: " + failure.message();
        std::sort(names.begin(), names.end(), stands_before);
        for (auto& name : names)
            name = (std::filesystem::path(folder) / name).string();
        return names;
    }

    std::string read(const std::string& path, std::string& text) override {
        const auto by_system = [] {
            return "cannot be read: " + std::generic_category().message(errno);
        };
        const std::unique_ptr<std::FILE, file_closer> file(std::fopen(path.c_str(), "re"));
        if (!file)
            return by_system();
        text.assign(config_file_bytes_max + 1, '\0');
        text.resize(std::fread(text.data(), 1, text.size(), file.get()));
        if (std::ferror(file.get()) != 0)
            return by_system();
        if (text.size() > config_file_bytes_max)
            return fmt::format("is larger than {} bytes", config_file_bytes_max);
        return {};
    }
};

// Plugins that plugin_use names are those that plugin_load has named, with their options.
void resolve_plugins(config_reading& reading, security_settings& security) {
    for (auto& used : security.plugins) {
        if (used.name.empty())
            continue;
        const auto& loaded = reading.settings.loaded_plugins;
        const auto found = std::find_if(loaded.begin(), loaded.end(),
                                        [&](const auto& each) { return each.name == used.name; });
        if (found == loaded.end()) {
            reading.errors.push_back(
                {used.configured_at, "plugin_use", "no plugin_load line gives a plugin this name"});
            continue;
        }
        used.path = found->path;
        used.options = found->options;
    }
}

// mosquitto opens a listener on port 1883 for an option that stands above the first listener line.
// Somebody who moved a line by mistake would get an open port, and a listener without its rule.
void place_default_listener(config_reading& reading) {
    auto& listeners = reading.settings.listeners;
    if (reading.default_listener_asked)
        listeners.insert(listeners.begin(), reading.default_listener);
    else if (!listeners.empty())
        for (const auto& each : reading.default_options)
            reading.errors.push_back(
                {each.where, each.option,
                 fmt::format("stands above the first listener line{}; move it below the line that "
                             "it belongs to, or write \"port 1883\" for one more listener",
                             each.where.file == listeners.front().configured_at.file
                                 ? ""
                                 : " of its file")});
}

} // namespace

std::string file_text(const std::string& name) {
    const auto text = gateway::quoted(name); // not the one of <iomanip>
    return text.size() == name.size() + 2 ? name : text;
}

std::string to_text(const finding& found, std::string_view weight) {
    std::string text = found.where.file.empty() ? "sluice" : file_text(found.where.file);
    if (found.where.line > 0)
        text += fmt::format(":{}", found.where.line);
    text.append(": ").append(weight);
    if (!found.option.empty())
        text.append(found.option).append(": ");
    return text + found.sentence;
}

void read_config_text(config_reading& reading, std::string_view text, const std::string& file) {
    parsing shared{reading, {}, {}, {}};
    config_parser(shared, file, false).read(text);
    place_default_listener(reading);
    resolve_plugins(reading, reading.settings.security);
    resolve_plugins(reading, reading.default_listener.security);
    for (auto& each : reading.settings.listeners)
        resolve_plugins(reading, each.security);
}

void read_config_file(config_reading& reading, const std::string& path) {
    disk files;
    std::string text;
    if (auto problem = files.read(path, text); !problem.empty())
        return reading.errors.push_back({{path, 0}, {}, std::move(problem)});
    reading.files = &files;
    read_config_text(reading, text, path);
    reading.files = nullptr;
}

} // namespace gateway
