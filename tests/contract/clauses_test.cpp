// Holds the clauses of the standards (tests/conformance/clauses) against the code that cites them
// and the tests that are tagged with them, and prints how far we are.
#include "tests/contract/source_tree.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <iostream>
#include <map>
#include <set>
#include <tuple>

namespace {

struct standard {
    std::string_view name;
    std::string_view file;
    std::string_view prefix;
    std::size_t clauses; // as its appendix B lists them; 0: it numbers none, the table is ours
};

constexpr std::array<standard, 3> standards{{
    {"MQTT 5.0", "mqtt_5_0.tsv", "MQTT-", 251},
    {"MQTT 3.1.1", "mqtt_3_1_1.tsv", "MQTT3-", 141},
    {"MQTT 3.1", "mqtt_3_1.tsv", "MQTT31-", 0},
}};

constexpr std::string_view table_folder = "tests/conformance/clauses/";
constexpr std::size_t sentence_bytes_max = 100;
constexpr std::string_view deviation_mark = "; deviates: ";

// The one hole in the numbers of the standards: MQTT 5.0 has no statement 2.2.1-1.
constexpr std::string_view section_that_begins_at_2 = "MQTT-2.2.1";

struct clause {
    std::string where; // file and line
    std::string id;
    std::string who;   // server, client, both
    std::string state; // done, open, client, deviates
    std::string sentence;

    bool is_ours() const { return who != "client"; } // the server can obey or break it
};

std::vector<std::string> cut(std::string_view line, char at) {
    std::vector<std::string> parts(1);
    for (const char each : line)
        each == at ? parts.emplace_back() : parts.back() += each;
    return parts;
}

std::vector<clause> read_table(const standard& of) {
    const auto path = std::string(table_folder) + std::string(of.file);
    const auto text = contract::read_text(contract::root() / path);
    std::vector<clause> rows;
    std::size_t number = 0;
    for (const auto line : contract::lines_of(text)) {
        ++number;
        if (line.starts_with('#'))
            continue;
        auto columns = cut(line, '\t');
        const auto where = path + ":" + std::to_string(number);
        if (columns.size() == 4)
            rows.push_back({where, columns[0], columns[1], columns[2], columns[3]});
        else
            FAIL_CHECK(where << " has " << columns.size() << " columns instead of 4");
    }
    return rows;
}

using table = std::map<std::string, clause, std::less<>>;

const table& all_clauses() {
    static const table all = [] {
        table rows;
        for (const auto& each : standards)
            for (auto& row : read_table(each))
                rows.emplace(row.id, std::move(row));
        return rows;
    }();
    return all;
}

// The part of an id in front of its last '-', and the number behind it; 0: there is none.
std::pair<std::string, std::size_t> section_and_number(std::string_view id) {
    const auto dash = std::min(id.rfind('-'), id.size());
    std::size_t number = 0;
    const auto digits = id.substr(std::min(dash + 1, id.size()));
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
    return {std::string(id.substr(0, dash)), whole ? number : 0};
}

// "MQTT-3.10.4" comes after "MQTT-3.8.4": its numbers are compared, not its characters. A section
// of the 3.1 table is a word, which has no order.
std::vector<std::size_t> numbers_of(std::string_view section, std::string_view prefix) {
    std::vector<std::size_t> numbers;
    for (const auto& part : cut(section.substr(prefix.size()), '.'))
        numbers.push_back(std::isdigit(static_cast<unsigned char>(part[0])) ? std::stoul(part) : 0);
    return numbers;
}

struct citation {
    std::string where;
    std::string id;
    bool well_formed = false; // closed, or followed by the reason of a deviation
    bool deviates = false;
};

// What stands in square brackets and begins with the name of a standard.
void add_citations(std::string_view line, const std::string& where, std::vector<citation>& to) {
    for (auto at = line.find("[MQTT"); at != line.npos; at = line.find("[MQTT", at + 1)) {
        const auto text = line.substr(at + 1);
        const bool named = std::any_of(standards.begin(), standards.end(), [&](const auto& each) {
            return text.starts_with(each.prefix);
        });
        if (!named)
            continue;
        const auto end = std::min(text.find_first_of("] "), text.size());
        const auto rest = text.substr(end);
        const bool deviates = rest.starts_with(" deviates: ");
        to.push_back(
            {where, std::string(text.substr(0, end)), deviates || rest.starts_with(']'), deviates});
    }
}

std::vector<citation> citations_in(const std::vector<contract::source_file>& files) {
    std::vector<citation> found;
    for (const auto& file : files) {
        std::size_t number = 0;
        for (const auto line : contract::lines_of(file.text))
            add_citations(line, file.path + ":" + std::to_string(++number), found);
    }
    return found;
}

std::vector<citation> code_citations() {
    return citations_in(
        contract::source_files({"net", "mqtt", "plugin", "gateway", "rest"}, {".cpp", ".hpp"}));
}

// Tags of Catch2: a literal that begins with a square bracket.
std::set<std::string> unit_tags(std::string_view text) {
    std::set<std::string> tags;
    for (auto at = text.find("\"["); at != text.npos; at = text.find("\"[", at + 1)) {
        const auto literal = text.substr(at + 1);
        std::vector<citation> found;
        add_citations(literal.substr(0, literal.find('"')), {}, found);
        for (const auto& each : found)
            tags.insert(each.id);
    }
    return tags;
}

// The members of every array named "clauses", however deep.
void add_listed(const nlohmann::json& in, std::set<std::string>& to) {
    for (const auto& [key, value] : in.items()) {
        if (key == "clauses" && value.is_array() && in.is_object())
            for (const auto& id : value)
                to.insert(id.is_string() ? id.get<std::string>() : id.dump());
        else if (value.is_structured())
            add_listed(value, to);
    }
}

// Clause -> the files of the tests that are tagged with it.
std::map<std::string, std::set<std::string>> tagged_tests() {
    std::map<std::string, std::set<std::string>> tests;
    for (const auto& file : contract::source_files({"tests/unit"}, {".cpp"}))
        for (const auto& id : unit_tags(file.text))
            tests[id].insert(file.path);
    for (const auto& file : contract::source_files({"tests/conformance/data"}, {".json"})) {
        const auto cases = nlohmann::json::parse(file.text, nullptr, false);
        if (cases.is_discarded())
            FAIL_CHECK(file.path << " is no JSON");
        std::set<std::string> listed;
        add_listed(cases, listed);
        for (const auto& id : listed)
            tests[id].insert(file.path);
    }
    const auto scripts =
        contract::source_files({"tests/integration", "tests/differential", "tests/soak"}, {".py"});
    for (const auto& each : citations_in(scripts))
        tests[each.id].insert(each.where);
    return tests;
}

std::size_t count(const std::vector<clause>& rows, std::string_view state) {
    return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const auto& row) {
        return row.is_ours() && row.state == state;
    }));
}

std::string summary(const standard& of, const std::vector<clause>& rows) {
    std::map<std::string, std::size_t> by_who;
    for (const auto& row : rows)
        ++by_who[row.who];
    const auto text = [](std::size_t number) { return std::to_string(number); };
    return std::string(of.name) + ": " + text(rows.size()) + " clauses, " +
           text(by_who["server"] + by_who["both"]) +
           " of the server: " + text(count(rows, "done")) + " done, " +
           text(count(rows, "deviates")) + " deviate, " + text(count(rows, "open")) + " open (" +
           text(by_who["server"]) + " for servers, " + text(by_who["both"]) + " for both sides, " +
           text(by_who["client"]) + " for clients only)";
}

} // namespace

TEST_CASE("each row of the clause tables is well-formed") {
    for (const auto& each : standards)
        for (const auto& row : read_table(each)) {
            INFO(row.where << " " << row.id);
            CHECK(row.id.starts_with(each.prefix));
            CHECK((row.who == "server" || row.who == "client" || row.who == "both"));
            CHECK((row.state == "done" || row.state == "open" || row.state == "client" ||
                   row.state == "deviates"));
            CHECK((row.who == "client") == (row.state == "client"));
            CHECK_FALSE(row.sentence.empty());
            CHECK(row.sentence.size() <= sentence_bytes_max);
            const auto mark = row.sentence.find(deviation_mark);
            CHECK((mark != row.sentence.npos) == (row.state == "deviates"));
            CHECK(mark + deviation_mark.size() != row.sentence.size());
        }
}

TEST_CASE("the clause tables are whole, in the standards' order, and counted") {
    for (const auto& each : standards) {
        const auto path = std::string(table_folder) + std::string(each.file);
        CHECK(contract::read_text(contract::root() / path).starts_with("# "));
        const auto rows = read_table(each);
        CHECK((each.clauses == 0 || rows.size() == each.clauses));
        std::set<std::string> sections;
        std::string section_before;
        std::size_t number_before = 0;
        for (const auto& row : rows) {
            const auto [section, number] = section_and_number(row.id);
            INFO(row.where << " " << row.id);
            if (section == section_before) {
                CHECK(number == number_before + 1);
            } else {
                CHECK(sections.insert(section).second);
                CHECK(number == (section == section_that_begins_at_2 ? 2U : 1U));
                if (!section_before.empty())
                    CHECK(numbers_of(section_before, each.prefix) <=
                          numbers_of(section, each.prefix));
            }
            std::tie(section_before, number_before) = std::tie(section, number);
        }
        std::cout << summary(each, rows) << "\n";
    }
}

TEST_CASE("every clause that the code or a test cites is a row") {
    auto cited = code_citations();
    for (auto& each :
         citations_in(contract::source_files({"tests"}, {".cpp", ".hpp", ".py", ".mjs"})))
        cited.push_back(std::move(each));
    CHECK(cited.size() > 100); // the folders were found
    for (const auto& each : cited)
        if (!each.well_formed || !all_clauses().contains(each.id))
            FAIL_CHECK(each.where << " cites " << each.id << ", which is no clause");
    for (const auto& [id, files] : tagged_tests())
        if (!all_clauses().contains(id))
            FAIL_CHECK(*files.begin() << " names " << id << ", which is no clause");
}

TEST_CASE("the code cites what a server can obey, and says where it deviates") {
    std::set<std::string> deviations;
    for (const auto& each : code_citations()) {
        const auto row = all_clauses().find(each.id);
        if (row == all_clauses().end())
            continue;
        if (!row->second.is_ours())
            FAIL_CHECK(each.where << " cites " << each.id << ", which obliges only clients");
        if (each.deviates && row->second.state != "deviates")
            FAIL_CHECK(each.where << " deviates from " << each.id << "; its row says "
                                  << row->second.state);
        if (each.deviates)
            deviations.insert(each.id);
    }
    for (const auto& [id, row] : all_clauses())
        if (row.state == "deviates" && !deviations.contains(id))
            FAIL_CHECK(row.where << " " << id << " deviates, and no code says so");
}

TEST_CASE("users are told of every deviation, and of the whole number of clauses") {
    const auto page = contract::read_text(contract::root() / "docs/conformance.md");
    for (const auto& [id, row] : all_clauses())
        if (row.state == "deviates" && page.find(id) == page.npos)
            FAIL_CHECK("docs/conformance.md does not tell that we deviate from " << id);
    for (const auto& each : standards)
        if (each.clauses != 0)
            CHECK(page.find(std::to_string(each.clauses)) != page.npos);
}

TEST_CASE("every clause that is done has code that cites it and a test that is tagged with it") {
    std::set<std::string> cited;
    for (const auto& each : code_citations())
        cited.insert(each.id);
    const auto tests = tagged_tests();
    for (const auto& [id, row] : all_clauses()) {
        if (row.state != "done")
            continue;
        if (!cited.contains(id))
            FAIL_CHECK(row.where << " " << id << " is done, and no code cites it");
        if (!tests.contains(id))
            FAIL_CHECK(row.where << " " << id << " is done, and no test is tagged with it");
    }
}

TEST_CASE("the clause test itself sees what it should see") {
    const std::string open = "[MQ";
    std::vector<citation> found;
    add_citations("x " + open + "TT-1.2.3-4] " + open + "TT3-5.6.7-8 deviates: why] [MQTTX] " +
                      open + "TT-1.2",
                  "f:1", found);
    std::string seen;
    for (const auto& each : found)
        seen += each.id + (each.well_formed ? "+" : "-") + (each.deviates ? "d " : " ");
    CHECK(seen == "MQTT-1.2.3-4+ MQTT3-5.6.7-8+d MQTT-1.2- ");
    CHECK(unit_tags("(\"a\", \"[v5]" + open + "TT-1.2.3-4]\") // " + open + "TT-9.9.9-9]") ==
          std::set<std::string>{"MQTT-1.2.3-4"});
    std::set<std::string> listed;
    add_listed(nlohmann::json::parse(R"([{"cases": [{"clauses": ["a", "b"]}]}, {"clauses": 1}])"),
               listed);
    CHECK(listed == std::set<std::string>{"a", "b"});
    CHECK(numbers_of("MQTT-3.8.4", "MQTT-") < numbers_of("MQTT-3.10.1", "MQTT-"));
    CHECK(section_and_number("MQTT31-connect-12") ==
          std::pair<std::string, std::size_t>{"MQTT31-connect", 12});
}
