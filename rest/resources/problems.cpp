#include "rest/resources/problems.hpp"

#include "rest/problem_table.hpp"

#include <string>

namespace rest {
namespace {

void append_html(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '&')
            out += "&amp;";
        else
            out += c;
    }
}

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

std::string page_of(const problem_row& row) {
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
    page += "</dl>\n<p><a href=\"/problems\">All problems</a></p>\n</html>\n";
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
        show_page(each, page_of(row));
        co_return;
    }
    refuse(each, {.id = problem_id::no_such_resource,
                  .detail = std::string(each.path),
                  .hint = "All problems are listed at /problems."});
}

} // namespace rest
