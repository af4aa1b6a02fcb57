#include "rest/router.hpp"

#include "rest/cors.hpp"
#include "rest/http_connection.hpp"
#include "rest/publishing.hpp"
#include "rest/resources/folder.hpp"
#include "rest/service_context.hpp"
#include "rest/static_files.hpp"
#include "rest/websocket_upgrade.hpp"

#include <algorithm>
#include <array>

namespace rest {
namespace {

struct matched {
    std::string_view first;  // what stands for the pattern's "{...}"; empty when it has none
    std::string_view second; // likewise
};

// Nothing when the path does not match.
std::optional<matched> match(std::string_view pattern, std::string_view path) {
    const auto brace = pattern.find('{');
    if (brace == std::string_view::npos)
        return pattern == path ? std::optional(matched{}) : std::nullopt;
    if (!path.starts_with(pattern.substr(0, brace)))
        return std::nullopt;
    pattern.remove_prefix(brace);
    path.remove_prefix(brace);
    if (pattern == "{topic}")
        return matched{path, {}};
    const auto segment = path.substr(0, path.find('/'));
    if (segment.empty())
        return std::nullopt;
    if (pattern == "{file}" && find_page(segment) == nullptr)
        return std::nullopt; // every name would be a path that exists
    const auto behind = match(pattern.substr(pattern.find('}') + 1), path.substr(segment.size()));
    return behind ? std::optional(matched{segment, behind->first}) : std::nullopt;
}

bool is_unsafe(http_verb method) {
    return method != http_verb::get && method != http_verb::head && method != http_verb::options;
}

// Path, options and the host that is meant.
void read_target(exchange& each) {
    const auto parts = split_target(each.asked.target());
    const auto hosts = each.asked.count(http_field::host);
    if (hosts > 1 || (hosts == 0 && each.asked.version() >= 11)) { // [RFC9112-3.2]
        refuse(each, {.id = problem_id::bad_request,
                      .detail = hosts > 1 ? "More than one Host" : "The field Host is missing"});
        return;
    }
    each.authority = trimmed(each.asked.field(http_field::host));
    if (!parts) {
        refuse(each,
               {.id = problem_id::bad_request,
                .detail = "The request target is not a path: " + std::string(each.asked.target())});
        return;
    }
    if (!parts->authority.empty())
        each.authority = parts->authority; // it overrides Host [RFC9112-3.2.2]
    each.path = parts->path;
    auto options = query::parse(parts->query);
    if (!options)
        refuse(each, options.error());
    else
        each.options = std::move(*options);
}

void guard_host(exchange& each, const settings& rules) {
    if (each.authority.empty() && each.asked.version() < 11)
        return; // HTTP/1.0 has no Host; no browser speaks it
    if (is_served_host(each.authority, rules))
        return;
    if (!is_authority(each.authority)) {
        refuse(each, {.id = problem_id::bad_request, .detail = "The field Host is malformed"});
        return;
    }
    refuse(each, {.id = problem_id::host_not_served,
                  .detail = std::string(each.authority),
                  .hint = "The operator can add it: http_host " +
                          std::string(each.authority.substr(0, each.authority.find(':')))});
}

void guard_origin(exchange& each, const settings& rules) {
    const auto origin = each.asked.field(http_field::origin);
    const auto kind = judge_origin(origin, each.authority, rules);
    add_cors(each.answer, kind, origin, rules);
    if (!changes_something(each))
        return;
    const bool with_credentials =
        each.asked.has_field(http_field::authorization) ||
        each.asked.has_field(http_field::cookie) ||
        each.connection.by().proven_username; // a client certificate, which browsers show unasked
    if (!may_act(kind, with_credentials))
        refuse(each, {.id = problem_id::origin_not_allowed,
                      .detail = std::string(origin),
                      .hint = "The operator can list it: http_cors_origin."});
}

void guard_method(exchange& each) {
    if (each.asked.method() == http_verb::unknown) {
        refuse(each, {.id = problem_id::method_not_implemented,
                      .detail = std::string(each.asked.method_text())});
        return;
    }
    const auto coding = each.asked.field(http_field::content_encoding);
    if (is_unsafe(each.asked.method()) && !coding.empty() &&
        !equal_ignoring_case(coding, "identity"))
        refuse(each,
               {.id = problem_id::content_coding_not_supported, .detail = std::string(coding)});
}

const route_row& options_row() {
    return *find_route(http_verb::options, "/topics").row;
}

void choose_route(exchange& each, const settings& rules) {
    const bool has_folder = !rules.files_folder.empty() && !wants_websocket(each.asked);
    if (has_folder) {
        const auto found = find_route(each.asked.method(), each.path);
        const bool other = !found.path_exists || rules.upgrade_only;
        if (other || found.row != nullptr)
            each.row = folder_row(each, other ? nullptr : found.row);
        if (each.row != nullptr)
            return;
    }
    const bool websocket = wants_websocket(each.asked) && each.path != "/ws";
    if (rules.upgrade_only || (websocket && each.path != "/mqtt")) {
        // MQTT is spoken at any path.
        if (!rules.upgrade_only &&
            mqtt_subprotocol(each.asked.list(http_field::sec_websocket_protocol)).empty())
            refuse(each, {.id = problem_id::bad_websocket_request,
                          .detail = "There is no WebSocket at " + std::string(each.path),
                          .hint = "MQTT over WebSocket is opened at /mqtt with subprotocol "
                                  "'mqtt', JSON at /ws with 'mqtt.json.v1'."});
        each.row = find_route(http_verb::get, "/mqtt").row;
        return;
    }
    const auto found = find_route(each.asked.method(), each.path);
    if (found.row != nullptr) {
        each.row = found.row;
        if (found.row->path.find('{') != std::string_view::npos)
            each.rest = found.rest;
        each.second = found.second;
    } else if (each.asked.method() == http_verb::options &&
               (found.path_exists || each.path == "*")) {
        each.row = &options_row();
    } else if (found.path_exists) {
        problem told{.id = problem_id::method_not_allowed,
                     .detail =
                         std::string(each.asked.method_text()) + " " + std::string(each.path)};
        told.fields.emplace_back("Allow", allowed_methods(each.path)); // [RFC9110-15.5.6]
        refuse(each, told);
    } else {
        refuse_unknown_path(each);
    }
}

} // namespace

void refuse_unknown_path(exchange& each) {
    refuse(each, {.id = problem_id::no_such_resource,
                  .detail = std::string(each.path),
                  .hint = "Topics are at /topics/{topic}.",
                  .try_line = "curl '" + base_uri(each) + "/topics?tree'"});
}

std::optional<target_parts> split_target(std::string_view target) {
    target_parts parts;
    constexpr std::string_view scheme = "http://";
    if (target == "*") {
        parts.path = target;
        return parts;
    }
    if (target.size() > scheme.size() &&
        equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
        target.remove_prefix(scheme.size());
        const auto end = std::min(target.find_first_of("/?"), target.size());
        parts.authority = target.substr(0, end);
        target.remove_prefix(end);
        if (target.empty())
            target = "/";
    }
    if (target.empty() || (target[0] != '/' && parts.authority.empty()))
        return std::nullopt;
    const auto mark = target.find('?');
    parts.path = target.substr(0, mark);
    if (parts.path.empty())
        parts.path = "/";
    if (mark != std::string_view::npos)
        parts.query = target.substr(mark + 1);
    return parts;
}

found_route find_route(http_verb method, std::string_view path) {
    found_route found;
    const route_row* get_row = nullptr;
    for (const auto& row : route_table()) {
        const auto fits = match(row.path, path);
        if (!fits)
            continue;
        found.path_exists = true;
        found.rest = fits->first;
        found.second = fits->second;
        if (row.method == method) {
            found.row = &row;
            return found;
        }
        if (row.method == http_verb::get)
            get_row = &row;
    }
    if (method == http_verb::head)
        found.row = get_row;
    return found;
}

std::string allowed_methods(std::string_view path) {
    constexpr std::array order{http_verb::get,    http_verb::head,  http_verb::put,
                               http_verb::post,   http_verb::patch, http_verb::delete_,
                               http_verb::options};
    if (!find_route(http_verb::get, path).path_exists)
        return path == "*" ? "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS" : "";
    std::string list;
    for (const auto method : order) {
        if (method != http_verb::options && find_route(method, path).row == nullptr)
            continue;
        const auto name = boost::beast::http::to_string(method);
        list.append(list.empty() ? "" : ", ").append(name.data(), name.size());
    }
    return list;
}

bool changes_something(const exchange& each) {
    return is_unsafe(each.asked.method()) || wants_websocket(each.asked) ||
           (each.asked.method() == http_verb::get && each.path.starts_with("/topics") &&
            each.options.find("publish") != nullptr);
}

boost::asio::awaitable<void> admit(exchange& each) {
    const auto& rules = each.connection.context().rules;
    read_target(each);
    each.connection.find_caller(each);
    if (!each.answered)
        guard_host(each, rules);
    if (!each.answered)
        guard_origin(each, rules);
    if (!each.answered)
        guard_method(each);
    if (!each.answered)
        choose_route(each, rules);
    if (!each.answered && each.row->who == caller::known)
        co_await each.connection.authenticate(each);
}

boost::asio::awaitable<void> answer_options(exchange& each) {
    const auto allow = allowed_methods(each.path);
    each.answer.status = 204;
    each.answer.add("Allow", allow);
    if (allow.find("PATCH") != std::string::npos)
        each.answer.add("Accept-Patch", accept_patch); // RFC 5789 section 3.1
    const auto origin = each.asked.field(http_field::origin);
    if (each.asked.has_field(http_field::access_control_request_method))
        add_preflight(each.answer,
                      judge_origin(origin, each.authority, each.connection.context().rules), allow);
    co_return;
}

} // namespace rest
