#include "gateway/contrast/http_probe.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace gateway {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::size_t answer_bytes_max = 4'194'304;

// As Debian's curl sends them.
constexpr std::string_view curl_agent = "User-Agent: curl/7.88.1\r\n";
// As Chromium sends them for fetch() of a page of the same server: in front of what tells of the
// body, between that, and behind it.
constexpr std::string_view browser_front =
    "sec-ch-ua-platform: \"Linux\"\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36\r\n"
    "sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n";
constexpr std::string_view browser_end = "Sec-Fetch-Site: same-origin\r\n"
                                         "Sec-Fetch-Mode: cors\r\n"
                                         "Sec-Fetch-Dest: empty\r\n"
                                         "Accept-Encoding: gzip, deflate, br, zstd\r\n"
                                         "Accept-Language: en-US,en;q=0.9\r\n";

std::size_t number_of(std::string_view text, int base) {
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, base);
    return number;
}

[[noreturn]] void not_http() {
    throw contrast_failure{"what answers there does not speak HTTP"};
}

bool is_same(std::string_view left, std::string_view right) {
    const auto lower = [](char each) { return each >= 'A' && each <= 'Z' ? each + 32 : +each; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

std::string browser_request(const http_asking& what, std::string_view host,
                            std::string_view authorization) {
    const bool sends = !what.body.empty();
    auto made = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: keep-alive\r\n", what.method,
                            what.target, host);
    if (sends)
        made += fmt::format("Content-Length: {}\r\n", what.body.size());
    made += browser_front;
    if (sends)
        made += "Content-Type: text/plain;charset=UTF-8\r\n";
    made += "sec-ch-ua-mobile: ?0\r\nAccept: */*\r\n";
    if (sends)
        made += fmt::format("Origin: http://{}\r\n", host);
    made += browser_end;
    if (!authorization.empty())
        made += fmt::format("Authorization: {}\r\n", authorization);
    made += what.fields;
    return made.append(line_end).append(what.body);
}

std::string curl_request(const http_asking& what, std::string_view host,
                         std::string_view authorization) {
    auto made = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", what.method, what.target, host);
    if (!authorization.empty())
        made += fmt::format("Authorization: {}\r\n", authorization);
    made += curl_agent;
    if (what.fields.find("Accept: ") == what.fields.npos)
        made += "Accept: */*\r\n";
    made += what.fields;
    if (!what.body.empty())
        made += fmt::format("Content-Length: {}\r\nContent-Type: "
                            "application/x-www-form-urlencoded\r\n",
                            what.body.size());
    return made.append(line_end).append(what.body);
}

} // namespace

std::string request_text(const http_asking& what, http_form form, std::string_view host,
                         std::string_view authorization) {
    return form == http_form::curl ? curl_request(what, host, authorization)
                                   : browser_request(what, host, authorization);
}

std::string_view http_answer::field(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find(line_end));
        rest.remove_prefix(std::min(rest.size(), line.size() + line_end.size()));
        const auto colon = line.find(": ");
        if (colon != line.npos && is_same(line.substr(0, colon), name))
            return line.substr(colon + 2);
    }
    return {};
}

http_probe::http_probe(const remote_address& to, const patience& limit, http_form form,
                       std::string authorization)
    : socket_(to, limit), limit_(limit), host_(to.text()), form_(form),
      authorization_(std::move(authorization)) {}

void http_probe::ask(const http_asking& what) {
    socket_.send(request_text(what, form_, host_, authorization_));
}

bool http_probe::read_head_until(contrast_time then, http_answer& into) {
    std::size_t end = 0;
    while ((end = socket_.unread.find(head_end)) == socket_.unread.npos) {
        if (socket_.unread.size() > answer_bytes_max)
            not_http();
        if (!socket_.fill_until(then))
            return false;
    }
    constexpr std::string_view version = "HTTP/1.1 ";
    if (!socket_.unread.starts_with(version))
        not_http();
    into.head = socket_.unread.substr(0, end);
    into.status =
        static_cast<unsigned>(number_of(std::string_view(into.head).substr(version.size(), 3), 10));
    socket_.unread.erase(0, end + head_end.size());
    return true;
}

bool http_probe::read_answer_until(contrast_time then, http_answer& into) {
    if (!read_head_until(then, into))
        return false;
    const auto size = number_of(into.field("Content-Length"), 10);
    if (size > answer_bytes_max || !into.field("Transfer-Encoding").empty())
        not_http();
    while (socket_.unread.size() < size)
        socket_.fill();
    into.body = socket_.unread.substr(0, size);
    socket_.unread.erase(0, size);
    return true;
}

http_answer http_probe::read_answer() {
    http_answer made;
    while (!read_answer_until(limit_.end(), made))
        limit_.check();
    return made;
}

http_answer http_probe::read_stream_head() {
    http_answer made;
    while (!read_head_until(limit_.end(), made))
        limit_.check();
    if (made.status != 200 || made.field("Transfer-Encoding") != "chunked")
        return made;
    while (!read_message_until(limit_.end())) // which tells that the stream is open
        limit_.check();
    return made;
}

bool http_probe::read_message_until(contrast_time then) {
    while (!take_event())
        if (!socket_.fill_until(then))
            return false;
    return true;
}

// Takes chunks until an event has come whole that carries something. Comments pass.
bool http_probe::take_event() {
    for (;;) {
        const auto end = events_.find("\n\n");
        if (end != events_.npos) {
            const bool carries = events_.find("data:") < end;
            events_.erase(0, end + 2);
            if (carries)
                return true;
            continue;
        }
        const auto& unread = socket_.unread;
        const auto line = unread.find(line_end);
        if (line == unread.npos)
            return false;
        const auto size = number_of(std::string_view(unread).substr(0, line), 16);
        if (size == 0 || size > answer_bytes_max)
            throw contrast_failure{"the stream ended"};
        const auto whole = line + size + 2 * line_end.size();
        if (unread.size() < whole)
            return false;
        events_.append(unread, line + line_end.size(), size);
        socket_.unread.erase(0, whole);
    }
}

} // namespace gateway
