#include "gateway/config_reference.hpp"

#include "gateway/option_table.hpp"
#include "gateway/option_text.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace gateway {

namespace {

// The sentence as comment lines that fit 80 columns.
std::string comment(std::string_view sentence) {
    constexpr std::size_t columns = 80;
    std::string text;
    std::string line = "#";
    while (!sentence.empty()) {
        const auto [word, rest] = first_word(sentence);
        if (line.size() + 1 + word.size() > columns) {
            text += line + "\n";
            line = "#";
        }
        line.append(" ").append(word);
        sentence = rest;
    }
    return text + line + "\n";
}

// What is refused has no place in a file.
bool is_shown(const option_row& row) {
    return row.origin != origin::refused && row.instead.empty();
}

std::string entry(const option_row& row) {
    std::string text = comment(row.sentence);
    if (row.scope == scope::listener)
        text += "# Below a listener line.\n";
    if (row.scope == scope::security)
        text += "# With per_listener_settings true: below a listener line.\n";
    if (row.origin == origin::ours)
        text += "# An option of Sluice; mosquitto does not know it.\n";
    text.append("#").append(row.name).append(" ");
    return text.append(row.default_text.empty() ? row.hint : row.default_text).append("\n\n");
}

} // namespace

std::string config_reference() {
    std::string text =
        "# Every option of Sluice, with its default, or with the form of its value where nothing "
        "is set.\n"
        "# Written from the option table (gateway/options/); do not change this file by hand.\n"
        "#\n"
        "# The form is that of mosquitto.conf: an option a line, its name, a space, its value. A "
        "line is\n"
        "# a comment where its very first character is '#'. An option that does not exist stops "
        "the start.\n\n";
    for (const auto& topic : option_topics()) {
        if (std::none_of(topic.rows.begin(), topic.rows.end(), is_shown))
            continue;
        text.append("# ")
            .append(std::string(77, '-'))
            .append("\n# ")
            .append(topic.title)
            .append("\n# ");
        text.append(std::string(77, '-')).append("\n\n");
        for (const auto& row : topic.rows)
            if (is_shown(row))
                text += entry(row);
    }
    text.pop_back(); // one end of line at the end
    return text;
}

namespace {

// What becomes of the option here, for somebody who comes with a mosquitto.conf.
std::string_view standing(const option_row& row) {
    switch (row.origin) {
    case origin::mosquitto:
        return row.instead.empty() ? "served" : "served, old";
    case origin::ours:
        return "ours";
    case origin::accepted:
        return "note";
    case origin::refused:
        return "refused";
    }
    return "";
}

std::string_view belongs_to(scope where) {
    switch (where) {
    case scope::global:
        return "all";
    case scope::listener:
        return "listener";
    case scope::default_listener:
        return "default listener";
    case scope::security:
        return "all, or listener";
    case scope::bridge:
        return "bridge";
    }
    return "";
}

// Code in a cell of a table: a bar would end the cell.
std::string code(std::string_view text) {
    std::string cell = "`";
    for (const char each : text)
        cell += each == '|' ? std::string("\\|") : std::string(1, each);
    return cell + "`";
}

std::string cells(const option_row& row) {
    std::string text = "| " + code(row.name) + " | " + code(row.hint) + " | ";
    text += row.default_text.empty() ? std::string() : code(row.default_text);
    text.append(" | ").append(belongs_to(row.scope)).append(" | ");
    text.append(standing(row)).append(" | ").append(row.sentence);
    if (!row.instead.empty())
        text.append(" Write ").append(code(row.instead)).append(".");
    return text + " |\n";
}

} // namespace

std::string configuration_document() {
    std::string text =
        "# Configuration\n\n"
        "Sluice reads mosquitto.conf: `sluice -c mosquitto.conf`; `--test-config` reads it, says "
        "what is wrong with it, and\nstarts nothing. This page is written from the option table "
        "(`gateway/options/`); do not change it by hand.\n`config/sluice.conf` has the same as a "
        "file.\n\n"
        "- An option a line: its name, a space, its value. The value goes on to the end of the "
        "line, spaces included; quotes\n  are part of it. A line is a comment where its very first "
        "character is `#`.\n"
        "- Listener options belong to the `listener` line above them. Above the first one they "
        "belong to the default listener,\n  which `port` or `bind_address` call for; without "
        "either of these they are refused beside a `listener` line.\n"
        "- With `per_listener_settings true`, which must come first, the options marked *all, or "
        "listener* belong to the\n  `listener` line above them, too.\n"
        "- `include_dir` reads the files of a folder whose names end in `.conf`, as if they stood "
        "in its place; each begins\n  with the default listener again.\n"
        "- Of an option given twice the last line counts, with a warning; some may be given "
        "several "
        "times, and say so.\n"
        "- All mistakes are told together, as `file:line: option: what is wrong`; with one of them "
        "nothing is started.\n\n"
        "| here | means |\n|---|---|\n"
        "| served | as in mosquitto |\n"
        "| served, old | as in mosquitto, with a warning that names what took its place |\n"
        "| ours | mosquitto does not have it |\n"
        "| note | read, and where that matters answered with a warning that says what is so "
        "instead |\n"
        "| refused | stops the start, and says what to do instead |\n";
    for (const auto& topic : option_topics()) {
        text.append("\n## ").append(topic.title).append("\n\n");
        text += "| option | value | default | of | here | |\n|---|---|---|---|---|---|\n";
        for (const auto& row : topic.rows)
            text += cells(row);
    }
    return text;
}

std::string configuration_dictionary() {
    std::set<std::string, std::less<>> words;
    for (const auto& topic : option_topics())
        for (const auto& row : topic.rows) {
            words.emplace(row.name.substr(0, row.name.find('*')));
            if (!row.default_text.empty())
                words.emplace(row.default_text);
            for (auto rest = row.hint; !rest.empty();) {
                const auto end = std::min(rest.find_first_of("<>|[] ,"), rest.size());
                if (end > 0)
                    words.emplace(rest.substr(0, end));
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
        }
    std::string text =
        "# Written from the option table (gateway/options/); do not change by hand.\n";
    for (const auto& word : words)
        text.append("\"").append(word).append("\"\n");
    return text;
}

} // namespace gateway
