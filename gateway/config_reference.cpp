#include "gateway/config_reference.hpp"

#include "gateway/option_table.hpp"
#include "gateway/option_text.hpp"

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

std::string entry(const option_row& row) {
    std::string text = comment(row.sentence);
    if (row.scope == scope::listener)
        text += "# Below a listener line.\n";
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
        text.append("# ")
            .append(std::string(77, '-'))
            .append("\n# ")
            .append(topic.title)
            .append("\n# ");
        text.append(std::string(77, '-')).append("\n\n");
        for (const auto& row : topic.rows)
            text += entry(row);
    }
    text.pop_back(); // one end of line at the end
    return text;
}

} // namespace gateway
