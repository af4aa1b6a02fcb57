// The habits of CONTRIBUTING.md that a machine can see. When this file passes 300 lines, cut it.
#include "tests/contract/source_tree.hpp"
#include "tests/support/catch2_any.hpp"

#include <array>
#include <cctype>
#include <cstddef>

namespace {

constexpr std::size_t lines_max = 500;
constexpr std::size_t lines_usual = 400; // nine files in ten

// Files that may be longer than lines_max, each with its reason. Printed by the test; empty is the
// aim.
struct long_file {
    std::string_view path;
    std::string_view reason;
};
constexpr std::array<long_file, 0> long_files{};

// Words that say nothing of what a thing is.
constexpr std::array<std::string_view, 16> banned_words{
    "manager", "managers", "helper", "helpers", "util",  "utils",   "utility", "utilities",
    "misc",    "impl",     "data",   "info",    "infos", "process", "common",  "handler2",
};

// Names that somebody else gives: the standard library asks a range for data(), an event stream has
// a field of that name, plugins import a function. One that overrides a foreign one needs no line
// here.
constexpr std::array<std::string_view, 3> given_names{"data", "append_data_lines",
                                                      "mosquitto_string_to_property_info"};

std::vector<contract::source_file> all_sources() {
    return contract::source_files(
        {"mqtt", "rest", "plugin", "gateway", "plugins", "tests", "web", "cmake"},
        {".cpp", ".hpp", ".ts", ".tsx", ".mjs", ".py"});
}

std::vector<contract::source_file> our_cpp() {
    return contract::source_files({"net", "mqtt", "rest", "plugin", "gateway", "plugins", "tests"},
                                  {".cpp", ".hpp"});
}

bool is_word_character(char each) {
    return std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '_';
}

// The banned word in a name of words joined by '_', '-' or '.'; empty: none.
std::string_view banned_word_of(std::string_view name) {
    while (!name.empty()) {
        const auto end = std::min(name.find_first_of("_-."), name.size());
        const auto word = name.substr(0, end);
        if (std::find(banned_words.begin(), banned_words.end(), word) != banned_words.end())
            return word;
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return {};
}

// How much of the text a comment or a literal takes that starts here; 0: there is none.
std::size_t skipped_length(std::string_view text) {
    const auto through = [&](std::string_view end, std::size_t from) {
        const auto found = text.find(end, from);
        return found == text.npos ? text.size() : found + end.size();
    };
    if (text.starts_with("//"))
        return through("\n", 2) - 1; // the end of the line stays
    if (text.starts_with("/*"))
        return through("*/", 2);
    if (text.starts_with("R\"")) {
        const auto open = std::min(text.find('('), text.size());
        return through(")" + std::string(text.substr(2, open - 2)) + "\"", open);
    }
    if (!text.starts_with('"') && !text.starts_with('\''))
        return 0;
    std::size_t at = 1;
    while (at < text.size() && text[at] != text[0] && text[at] != '\n')
        at += text[at] == '\\' ? 2 : 1;
    return std::min(at + 1, text.size());
}

struct token {
    std::string_view text; // a word or a number, or one other character
    std::size_t line = 0;
};

// The words and signs of a C++ text, without comments and literals.
std::vector<token> tokens_of(std::string_view text) {
    std::vector<token> tokens;
    std::size_t line = 1;
    while (!text.empty()) {
        std::size_t length = skipped_length(text);
        if (length == 0 && is_word_character(text.front())) {
            // A quote between digits separates them; it begins no literal.
            const bool number = std::isdigit(static_cast<unsigned char>(text.front())) != 0;
            while (length < text.size() &&
                   (is_word_character(text[length]) || (number && text[length] == '\'')))
                ++length;
            tokens.push_back({text.substr(0, length), line});
        } else if (length == 0) {
            length = 1;
            if (std::isspace(static_cast<unsigned char>(text.front())) == 0)
                tokens.push_back({text.substr(0, 1), line});
        }
        line += static_cast<std::size_t>(
            std::count(text.begin(), text.begin() + static_cast<long>(length), '\n'));
        text.remove_prefix(length);
    }
    return tokens;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether the declaration that goes on here says override: then another class chose the name.
bool overrides(const std::vector<token>& tokens, std::size_t at) {
    for (; at < tokens.size() && !is_one_of(tokens[at].text, {";", "{"}); ++at)
        if (tokens[at].text == "override")
            return true;
    return false;
}

// The names that a file declares: of types and namespaces, and of functions as far as their look
// tells, which is a name before '(' and behind the end of a type.
std::vector<token> declared_names(const std::vector<token>& tokens) {
    std::vector<token> names;
    for (std::size_t at = 1; at + 1 < tokens.size(); ++at) {
        const auto before = tokens[at - 1].text;
        const auto name = tokens[at].text;
        if (!is_word_character(name.front()))
            continue;
        const bool type =
            is_one_of(before, {"class", "struct", "enum", "namespace", "union", "concept"});
        const bool behind_type =
            is_word_character(before.front())
                ? !is_one_of(before,
                             {"return", "else", "new", "throw", "co_return", "co_await", "co_yield",
                              "case", "delete", "goto", "operator", "not", "and", "or", "define"})
                : is_one_of(before, {"&", "*", ">"});
        if (type || (behind_type && tokens[at + 1].text == "(" && !overrides(tokens, at)))
            names.push_back(tokens[at]);
    }
    return names;
}

} // namespace

TEST_CASE("no file is longer than 500 lines, and nine in ten have at most 400") {
    for (const auto& allowed : long_files)
        WARN("allowed to be long: " << allowed.path << ": " << allowed.reason);
    std::size_t longer = 0;
    const auto sources = all_sources();
    for (const auto& file : sources) {
        const auto lines = contract::lines_of(file.text).size();
        longer += lines > lines_usual ? 1 : 0;
        const bool allowed = std::any_of(long_files.begin(), long_files.end(),
                                         [&](const auto& each) { return each.path == file.path; });
        INFO(file.path << " has " << lines << " lines");
        CHECK((lines <= lines_max || allowed));
    }
    INFO(longer << " of " << sources.size() << " files have more than " << lines_usual << " lines");
    CHECK(longer * 10 <= sources.size());
}

TEST_CASE("a mark of unfinished work says of which kind") {
    const std::string bare = std::string("TO") + "DO";
    for (const auto& file : all_sources()) {
        std::size_t number = 0;
        for (const auto line : contract::lines_of(file.text)) {
            ++number;
            for (auto at = line.find(bare); at != line.npos; at = line.find(bare, at + 1)) {
                const auto behind = line.substr(at + bare.size());
                const bool kind = behind.starts_with("(perf): ") ||
                                  behind.starts_with("(security): ") ||
                                  behind.starts_with("(spec): ") || behind.starts_with("(test): ");
                INFO(file.path << ":" << number << " wants " << bare
                               << "(perf|security|spec|test): sentence");
                CHECK(kind);
            }
        }
    }
}

TEST_CASE("no line has a tab, and none ends in a space") {
    for (const auto& file : all_sources()) {
        std::size_t number = 0;
        for (const auto line : contract::lines_of(file.text)) {
            ++number;
            if (line.find('\t') != line.npos || line.ends_with(' ') || line.ends_with('\r'))
                FAIL_CHECK(file.path << ":" << number);
        }
    }
}

// GCC 12 makes coroutine frames of such conditions that crash when they are resumed.
TEST_CASE("no co_await stands in the condition of an if or a loop") {
    for (const auto& file : our_cpp()) {
        std::size_t number = 0;
        for (const auto line : contract::lines_of(file.text)) {
            ++number;
            const auto first = line.find_first_not_of(' ');
            const auto text = first == line.npos ? line : line.substr(first);
            const bool condition = text.starts_with("if (") || text.starts_with("while (") ||
                                   text.starts_with("} else if (");
            if (condition &&
                text.find("co_"
                          "await ") != text.npos &&
                text.find("co_"
                          "await ") < text.find(')'))
                FAIL_CHECK(file.path << ":" << number);
        }
    }
}

TEST_CASE("each header says what it is for, and is included once") {
    for (const auto& file : our_cpp()) {
        if (!file.is_header())
            continue;
        INFO(file.path);
        CHECK(file.text.starts_with("// "));
        CHECK(file.text.find("\n#pragma once\n") != file.text.npos);
    }
}

TEST_CASE("names of files say what is in them") {
    for (const auto& file : all_sources()) {
        const auto name = std::filesystem::path(file.path).stem().string();
        INFO(file.path);
        CHECK(banned_word_of(name).empty());
    }
}

TEST_CASE("names of types and functions say what they are") {
    for (const auto& file : our_cpp()) {
        for (const auto& name : declared_names(tokens_of(file.text))) {
            if (std::find(given_names.begin(), given_names.end(), name.text) != given_names.end())
                continue;
            if (const auto word = banned_word_of(name.text); !word.empty())
                FAIL_CHECK(file.path << ":" << name.line << " declares " << name.text << "; "
                                     << word << " says nothing");
        }
    }
}

TEST_CASE("the tidy test itself sees what it should see") {
    const auto names =
        declared_names(tokens_of("struct a_manager { int b_info() const; }; // class c_data\n"
                                 "const char* text = \"struct d_util\"; auto& e_impl(int);\n"
                                 "return f_data(); x.g_data(); int big = 1'000'000; void h();\n"
                                 "void i_impl() override; void j();\n"));
    std::string seen;
    for (const auto& name : names)
        seen.append(name.text).append(":").append(std::to_string(name.line)).append(" ");
    CHECK(seen == "a_manager:1 b_info:1 e_impl:2 h:3 j:4 ");
    CHECK(banned_word_of("session_manager") == "manager");
    CHECK(banned_word_of("information").empty());
    CHECK(banned_word_of("database").empty());
}
