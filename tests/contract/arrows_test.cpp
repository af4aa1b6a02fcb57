// Holds every #include of the rooms against the arrows of ARCHITECTURE.md: who may know whom.
#include "tests/contract/source_tree.hpp"
#include "tests/support/catch2_any.hpp"

#include <array>
#include <map>
#include <set>
#include <span>

namespace {

// `rooms` are folders, or single headers where a room may see no more than those. A room may always
// include itself.
struct may_include_row {
    std::string_view room;
    std::vector<std::string_view> rooms;
};

const std::vector<may_include_row> may_include{
    {"mqtt/types", {}},
    {"mqtt/codec", {"mqtt/types"}},
    {"mqtt/auth", {"mqtt/types"}},
    {"mqtt/session", {"mqtt/types", "mqtt/codec", "mqtt/auth"}},
    {"mqtt/store", {"mqtt/types", "mqtt/codec"}},
    {"mqtt/broker", {"mqtt/types", "mqtt/codec", "mqtt/session", "mqtt/auth", "mqtt/store"}},
    {"net", {}},
    {"mqtt/driver",
     {"net", "mqtt/types", "mqtt/codec", "mqtt/auth", "mqtt/session", "mqtt/broker"}},
    {"mqtt/bridge", {"mqtt/types", "mqtt/codec", "mqtt/session", "mqtt/broker"}},
    {"rest",
     {"net", "mqtt/types", "mqtt/auth", "mqtt/broker/local_client.hpp", "mqtt/broker/documents.hpp",
      "mqtt/broker/shard_calls.hpp", "mqtt/broker/pull_session.hpp", "mqtt/broker/census.hpp",
      "mqtt/broker/metrics.hpp", "mqtt/broker/readings.hpp", "mqtt/broker/events.hpp",
      "mqtt/broker/packet_cost.hpp", "mqtt/broker/marked_message.hpp", "mqtt/store/history.hpp"}},
    {"plugin", {"mqtt/types", "mqtt/codec", "mqtt/auth"}},
    {"gateway", {"net", "mqtt", "rest", "plugin"}},
    {"plugins/sql", {"mqtt/types", "mqtt/auth"}},
};

// What costs compile time, or ties a room to a library, and which rooms pay for it.
struct library_row {
    std::string_view prefix;
    std::vector<std::string_view> rooms;
};

const std::vector<library_row> libraries{
    {"boost/asio", {"net", "mqtt/driver", "rest", "gateway"}},
    {"boost/beast", {"mqtt/driver", "rest", "gateway"}},
    {"nlohmann/", {"mqtt/auth", "mqtt/store", "rest", "gateway"}},
    {"fmt/", {"gateway"}},
};

// Written by CMake into the build folder.
constexpr std::array<std::string_view, 2> generated{"sluice_version.hpp", "web_assets.inc"};

struct include_line {
    std::string_view name;
    bool quoted = false;
    std::size_t line = 0;
};

std::vector<include_line> includes_of(const contract::source_file& file) {
    std::vector<include_line> found;
    std::size_t number = 0;
    for (auto line : contract::lines_of(file.text)) {
        ++number;
        constexpr std::string_view word = "include";
        const auto hash = line.find_first_not_of(" \t");
        if (hash == line.npos || line[hash] != '#')
            continue;
        const auto start = line.find_first_not_of(" \t", hash + 1);
        if (start == line.npos || !line.substr(start).starts_with(word))
            continue;
        const auto open = line.find_first_of("\"<", start + word.size());
        const auto close = open == line.npos ? open : line.find_first_of("\">", open + 1);
        if (close != line.npos)
            found.push_back({line.substr(open + 1, close - open - 1), line[open] == '"', number});
    }
    return found;
}

bool stands_in(std::string_view path, std::string_view room) {
    return path == room || (path.starts_with(room) && path.substr(room.size()).starts_with('/'));
}

bool stands_in_any(std::string_view path, std::span<const std::string_view> rooms) {
    return std::any_of(rooms.begin(), rooms.end(),
                       [&](auto room) { return stands_in(path, room); });
}

const may_include_row* room_of(std::string_view path) {
    const auto row = std::find_if(may_include.begin(), may_include.end(),
                                  [&](const auto& each) { return stands_in(path, each.room); });
    return row == may_include.end() ? nullptr : &*row;
}

std::vector<contract::source_file> files_of_rooms() {
    return contract::source_files({"net", "mqtt", "rest", "plugin", "gateway", "plugins"},
                                  {".hpp", ".cpp"});
}

// Depth first through the headers; returns the circle, if this file is on one.
class circle_search {
public:
    explicit circle_search(const std::vector<contract::source_file>& files) {
        for (const auto& file : files)
            for (const auto& each : includes_of(file))
                if (each.quoted)
                    includes_[file.path].emplace_back(each.name);
    }

    std::vector<std::string> from(const std::string& file) {
        if (done_.contains(file))
            return {};
        const auto again = std::find(way_.begin(), way_.end(), file);
        if (again != way_.end())
            return {again, way_.end()};
        way_.push_back(file);
        for (const auto& each : includes_[file])
            if (auto circle = from(each); !circle.empty())
                return circle;
        way_.pop_back();
        done_.insert(file);
        return {};
    }

private:
    std::map<std::string, std::vector<std::string>> includes_;
    std::set<std::string> done_;
    std::vector<std::string> way_;
};

} // namespace

TEST_CASE("each file stands in a room, and includes what its room may know") {
    for (const auto& file : files_of_rooms()) {
        const auto* room = room_of(file.path);
        if (room == nullptr) {
            FAIL_CHECK(file.path << " stands in no room");
            continue;
        }
        for (const auto& each : includes_of(file)) {
            if (!each.quoted || stands_in(each.name, room->room) ||
                stands_in_any(each.name, room->rooms))
                continue;
            if (std::find(generated.begin(), generated.end(), each.name) != generated.end())
                continue;
            FAIL_CHECK(file.path << ":" << each.line << " includes " << each.name << ", which "
                                 << room->room << " may not know");
        }
    }
}

TEST_CASE("includes of our own are written from the root, and exist") {
    for (const auto& file : files_of_rooms()) {
        for (const auto& each : includes_of(file)) {
            if (!each.quoted ||
                std::find(generated.begin(), generated.end(), each.name) != generated.end())
                continue;
            INFO(file.path << ":" << each.line << " includes " << each.name);
            CHECK(std::filesystem::exists(contract::root() / each.name));
        }
    }
}

TEST_CASE("heavy libraries stay in the rooms that need them") {
    for (const auto& file : files_of_rooms()) {
        for (const auto& each : includes_of(file)) {
            for (const auto& library : libraries) {
                if (each.name.starts_with(library.prefix) &&
                    !stands_in_any(file.path, library.rooms))
                    FAIL_CHECK(file.path << ":" << each.line << " includes " << each.name);
            }
        }
    }
}

TEST_CASE("headers do not include each other in a circle") {
    const auto files = files_of_rooms();
    circle_search search(files);
    for (const auto& file : files) {
        std::string circle;
        for (const auto& each : search.from(file.path))
            circle += each + " -> ";
        INFO(circle << "...");
        REQUIRE(circle.empty());
    }
}
