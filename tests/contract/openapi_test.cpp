// The route table and the OpenAPI document describe the same service, both ways.
#include "rest/problem_table.hpp"
#include "rest/query_options.hpp"
#include "rest/route_table.hpp"
#include "rest/static_files.hpp"
#include "tests/contract/source_tree.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace {

using nlohmann::json;

const json& document() {
    static const json read = json::parse(rest::find_asset("openapi.json")->bytes);
    return read;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char each) { return std::toupper(each); });
    return text;
}

template <class Visitor>
void each_operation(Visitor visit) {
    for (const auto& [path, item] : document().at("paths").items())
        for (const auto& [method, operation] : item.items())
            visit(upper(method) + " " + path, operation);
}

// An example may be a document of its own, with references that lead to places in itself.
json without_examples(json value) {
    if (value.is_object()) {
        value.erase("example");
        value.erase("examples");
    }
    for (auto& member : value)
        if (member.is_structured())
            member = without_examples(std::move(member));
    return value;
}

// What stands in one and not in the other, for people.
std::string difference(const std::set<std::string>& left, const std::set<std::string>& right) {
    std::string text;
    for (const auto& each : left)
        if (!right.contains(each))
            text += each + "; ";
    return text;
}

} // namespace

TEST_CASE("every route is documented and every documented operation is a route") {
    std::set<std::string> served;
    for (const auto& row : rest::route_table())
        served.insert(std::string(to_string(row.method)) + " " + std::string(row.path) + " " +
                      std::string(row.operation));
    std::set<std::string> documented;
    each_operation([&](const std::string& name, const json& operation) {
        documented.insert(name + " " + operation.at("operationId").get<std::string>());
    });
    CHECK(difference(served, documented) == "");
    CHECK(difference(documented, served) == "");
}

TEST_CASE("every problem's status is listed for some operation, with its name") {
    std::set<std::string> listed;
    each_operation([&](const std::string&, const json& operation) {
        for (const auto& [status, answer] : operation.at("responses").items())
            if (answer.contains("$ref"))
                listed.insert(answer.at("$ref").get<std::string>());
    });
    const auto& responses = document().at("components").at("responses");
    for (const auto& row : rest::problem_table) {
        const auto status = "Problem" + std::to_string(row.number / 100);
        INFO(row.name);
        CHECK(listed.contains("#/components/responses/" + status));
        REQUIRE(responses.contains(status));
        const auto text = responses.at(status).at("description").get<std::string>();
        CHECK(text.find(std::string(row.name) + ": " + std::string(row.title)) !=
              std::string::npos);
    }
}

TEST_CASE("every option that is served is documented, and no other") {
    std::set<std::string> served;
    for (const auto& use : rest::option_uses)
        if (use.purposes != 0)
            served.emplace(use.name);
    std::set<std::string> documented;
    for (const auto& [key, parameter] : document().at("components").at("parameters").items())
        if (parameter.at("in") == "query")
            documented.insert(parameter.at("name").get<std::string>());
    CHECK(difference(served, documented) == "");
    CHECK(difference(documented, served) == "");
}

TEST_CASE("every reference of the document leads somewhere") {
    const auto text = without_examples(document()).dump();
    const std::string mark = "\"$ref\":\"#";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        const auto begin = at + mark.size();
        const auto pointer = text.substr(begin, text.find('"', begin) - begin);
        INFO(pointer);
        CHECK(document().contains(json::json_pointer(pointer)));
    }
}
