#include "rest/resources/problems.hpp"

#include "rest/advice.hpp"
#include "rest/html_text.hpp"
#include "rest/problem_table.hpp"

#include <string>
#include <utility>

namespace rest {
namespace {

std::string page_begin(std::string_view title) {
    std::string out = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>";
    append_html(out, title);
    out += "</title>\n<h1>";
    append_html(out, title);
    out += "</h1>\n";
    return out;
}

void show_page(exchange& each, std::string page) {
    each.answer.add("Cache-Control", "no-cache");
    each.answer.add("X-Content-Type-Options", "nosniff");
    each.answer.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    each.answer.set_body("text/html; charset=utf-8", std::move(page));
}

// The command, as it works here; a topic of its own stands for what was asked for.
std::string command_of(const exchange& each, problem_id id) {
    std::string line(usual_try(id));
    for (const auto& [mark, by] :
         {std::pair<std::string_view, std::string>{"{base}", base_uri(each)},
          {"{target}", "/topics/test"}})
        if (const auto at = line.find(mark); at != std::string::npos)
            line.replace(at, mark.size(), by);
    return line;
}

std::string page_of(const exchange& each, const problem_row& row) {
    auto page = page_begin(row.title);
    page += "<p>";
    append_html(page, row.sentence);
    page += "</p>\n<dl>\n<dt>HTTP status</dt><dd>" + std::to_string(row.number / 100) +
            "</dd>\n<dt>Problem</dt><dd>" + std::to_string(row.number) + "</dd>\n";
    if (row.reason) {
        const auto& reason = mqtt::row_of(*row.reason);
        page += "<dt>MQTT reason code</dt><dd>" + std::to_string(mqtt::to_byte(*row.reason)) + " ";
        append_html(page, reason.name);
        page += "</dd>\n";
    }
    page += "</dl>\n<p>";
    append_html(page, usual_hint(row.id));
    page += "</p>\n";
    if (const auto command = command_of(each, row.id); !command.empty()) {
        page += "<pre>";
        append_html(page, command);
        page += "</pre>\n";
    }
    page += "<p><a href=\"/docs/errors\">How errors are told</a> · <a href=\"/problems\">All "
            "problems</a></p>\n</html>\n";
    return page;
}

} // namespace

boost::asio::awaitable<void> list_problems(exchange& each) {
    auto page = page_begin("Problems");
    page += "<ul>\n";
    for (const auto& row : problem_table) {
        page += "<li><a href=\"/problems/";
        page += row.name;
        page += "\">" + std::to_string(row.number / 100) + " ";
        append_html(page, row.title);
        page += "</a></li>\n";
    }
    page += "</ul>\n</html>\n";
    show_page(each, std::move(page));
    co_return;
}

boost::asio::awaitable<void> read_problem(exchange& each) {
    for (const auto& row : problem_table) {
        if (row.name != each.rest)
            continue;
        show_page(each, page_of(each, row));
        co_return;
    }
    refuse(each, {.id = problem_id::no_such_resource,
                  .detail = std::string(each.path),
                  .hint = "All problems are listed at /problems."});
}

} // namespace rest
