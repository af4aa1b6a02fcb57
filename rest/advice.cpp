#include "rest/advice.hpp"

#include "rest/http_connection.hpp"
#include "rest/query_options.hpp"
#include "rest/request.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace rest {
namespace {

constexpr std::size_t target_bytes_max = 200; // longer is no line for people

struct advice_row {
    problem_id id;
    std::string_view hint;
    std::string_view try_line = {};
};

// clang-format off
constexpr std::array table{
    advice_row{problem_id::bad_request, "curl -v shows what is sent; a request written by hand needs the field Host, and CRLF at the end of each line.", "curl -v '{base}/healthz'"},
    advice_row{problem_id::bad_percent_escape, "A percent sign itself is written %25.", "curl -d 40 '{base}/topics/humidity%25'"},
    advice_row{problem_id::topic_name_invalid, "A topic is text such as home/kitchen/temp: 1 to 65535 bytes of UTF-8 without control characters.", "curl '{base}/topics?tree'"},
    advice_row{problem_id::wildcard_in_topic_name, "To read all topics that match use GET.", "curl '{base}/topics?tree'"},
    advice_row{problem_id::topic_filter_invalid, "'+' fills a whole level, '#' (in a URL %23, or ?tree) stands at the end.", "curl '{base}/topics?filter=home/%2B/temp&filter=door/%23'"},
    advice_row{problem_id::unknown_parameter, "All options are listed in /api/v1/openapi.json.", "curl '{base}/api/v1/openapi.json'"},
    advice_row{problem_id::invalid_parameter, "What each option takes is told in /docs and in /api/v1/openapi.json.", "curl '{base}/api/v1/openapi.json'"},
    advice_row{problem_id::bad_qos, "qos is 0, 1 or 2; left out it is 1.", "curl -d hello '{base}/topics/test?qos=1'"},
    advice_row{problem_id::bad_websocket_request, "Open /mqtt with version 13 and the subprotocol 'mqtt', as libraries for MQTT over WebSocket do by themselves, or /ws with 'mqtt.json.v1'."},
    advice_row{problem_id::too_many_filters, "At most 100 in one request. A wildcard may say the same in one filter."},
    advice_row{problem_id::body_not_readable, "The description of this address in /api/v1/openapi.json has an example of what it takes.", "curl '{base}/api/v1/openapi.json'"},
    advice_row{problem_id::not_authenticated, "Send a user name and a password: curl -u name:password."},
    advice_row{problem_id::ticket_not_good, "POST /api/v1/tickets makes a fresh one for the filters of this stream."},
    advice_row{problem_id::not_authorized, "The operator can allow it by a line of the acl_file."},
    advice_row{problem_id::origin_not_allowed, "The operator can list it: http_cors_origin."},
    advice_row{problem_id::banned, "Only the operator can lift that."},
    advice_row{problem_id::target_not_allowed, "The operator can allow addresses: webhook_allow."},
    advice_row{problem_id::no_such_resource, "Topics are at /topics/{topic}, the manual is at /docs.", "curl '{base}/topics?tree'"},
    advice_row{problem_id::no_retained_value, "Wait for the next message with ?wait=30, or keep a value with PUT.", "curl '{base}/topics?tree'"},
    advice_row{problem_id::no_last_value, "Wait for the next message with ?wait=30. The operator can have messages remembered with last_value_cache.", "curl '{base}/topics?tree'"},
    advice_row{problem_id::no_such_session, "PUT makes it; its name is that of its maker only."},
    advice_row{problem_id::no_such_stream, "It may have ended. Its number stands in the event 'open'."},
    advice_row{problem_id::no_such_client, "It may have left. The list of clients has those that are there."},
    advice_row{problem_id::no_such_user, "PUT makes one."},
    advice_row{problem_id::no_such_webhook, "PUT makes one."},
    advice_row{problem_id::no_such_delivery, "Only the newest deliveries are remembered."},
    advice_row{problem_id::method_not_allowed, "The field Allow of this answer tells what can be done here.", "curl -i -X OPTIONS '{base}{target}'"},
    advice_row{problem_id::request_timeout, "Send the whole request at once, and open a connection when there is something to say."},
    advice_row{problem_id::no_subscribers, "Have somebody subscribe first, or leave require=subscriber out."},
    advice_row{problem_id::confirm_differs, "Ask again how many there are: HEAD tells in Mqtt-Count."},
    advice_row{problem_id::session_taken_over, "Pull again when the MQTT client is gone."},
    advice_row{problem_id::request_still_running, "Repeat it in a moment; its answer is kept."},
    advice_row{problem_id::too_many_sessions, "DELETE those that are no longer needed."},
    advice_row{problem_id::ticket_expired, "POST /api/v1/tickets makes a fresh one."},
    advice_row{problem_id::changed_meanwhile, "Read the value again, and decide again."},
    advice_row{problem_id::payload_too_large, "Send less at a time. The operator sets the limit: http_max_body, and max_packet_size above it."},
    advice_row{problem_id::uri_too_long, "Ask for fewer topics at a time; a wildcard may say the same in fewer words."},
    advice_row{problem_id::content_coding_not_supported, "Leave the field Content-Encoding out; bytes are published as they come."},
    advice_row{problem_id::patch_type_not_supported, "Send a JSON merge patch: Content-Type: application/merge-patch+json."},
    advice_row{problem_id::expectation_failed, "Leave the field Expect out: curl -H 'Expect:'."},
    advice_row{problem_id::host_not_served, "The operator can add the name: http_host."},
    advice_row{problem_id::payload_format_invalid, "Leave pfi out for bytes that are no text."},
    advice_row{problem_id::empty_value, "To clear the value use DELETE."},
    advice_row{problem_id::not_supported, "The operator has switched it off, or it is for MQTT clients only."},
    advice_row{problem_id::configuration_refused, "sluice --test-config -c FILE shows the same."},
    advice_row{problem_id::history_not_kept, "The operator can have it kept: persistence true, and a line such as history home/# 7d 200000."},
    advice_row{problem_id::key_used_otherwise, "Take a fresh key for each request; only a repeat has the key of the first."},
    advice_row{problem_id::not_json, "Change the whole value with PUT."},
    advice_row{problem_id::batch_refused, "The errors name each message by its place, and say what is wrong with it."},
    advice_row{problem_id::upgrade_required, "Open it with a WebSocket; topics are at /topics/{topic}."},
    advice_row{problem_id::confirm_needed, "HEAD tells how many values there are: Mqtt-Count."},
    advice_row{problem_id::condition_needed, "Read the value, and send its ETag as If-Match; If-None-Match: * for a first value."},
    advice_row{problem_id::quota_exceeded, "Retry-After tells when to come again."},
    advice_row{problem_id::too_many_streams, "Close one that is not needed; one stream takes 100 filters."},
    advice_row{problem_id::rate_limited, "Wait as long as Retry-After says, and send less often."},
    advice_row{problem_id::too_many_logins, "Wait as long as Retry-After says."},
    advice_row{problem_id::header_too_large, "Send fewer or shorter header fields; user properties count."},
    advice_row{problem_id::internal_fault, "Tell the operator the Request-Id."},
    advice_row{problem_id::method_not_implemented, "OPTIONS tells what can be done with an address.", "curl -i -X OPTIONS '{base}/topics'"},
    advice_row{problem_id::shutting_down, "Come again in a moment.", "curl -i '{base}/readyz'"},
    advice_row{problem_id::not_ready, "Come again in a moment.", "curl -i '{base}/readyz'"},
    advice_row{problem_id::server_busy, "Come again in a moment."},
    advice_row{problem_id::too_many_requests_open, "Come again when others have their answers."},
    advice_row{problem_id::reply_timeout, "The device is there and was slow: allow it more seconds with reply=."},
    advice_row{problem_id::http_version_not_supported, "Speak HTTP/1.1; a proxy in front can speak HTTP/2.", "curl --http1.1 '{base}/healthz'"},
    advice_row{problem_id::storage_full, "Try again when there is room, or publish with qos=0."},
};
// clang-format on

const advice_row* row_for(problem_id id) {
    for (const auto& row : table)
        if (row.id == id)
            return &row;
    return nullptr;
}

bool replace(std::string& text, std::string_view mark, std::string_view by) {
    const auto at = text.find(mark);
    if (at != std::string::npos)
        text.replace(at, mark.size(), by);
    return at != std::string::npos;
}

// A quote would end the text that the shell takes; in a URL it can be written as an escape.
std::string unquoted(std::string_view target) {
    std::string out;
    for (const char c : target) {
        if (c == '\'')
            out += "%27";
        else
            out += c;
    }
    return out;
}

// What makes curl send this method, with a place to fill in for what has a body.
std::string_view words_of(http_verb method) {
    switch (method) {
    case http_verb::head:
        return "-I";
    case http_verb::put:
        return "-X PUT -d VALUE";
    case http_verb::post:
        return "-d MESSAGE";
    case http_verb::patch:
        return "-X PATCH -d CHANGES";
    case http_verb::delete_:
        return "-X DELETE";
    default:
        return "";
    }
}

// The same request with its misspelt option as it was probably meant; empty: nobody knows.
std::string spelt_right(const exchange& each) {
    std::string uri(each.path);
    auto separator = '?';
    bool found = false;
    for (const auto& option : each.options.options()) {
        std::string_view name = option.name;
        if (const auto near = nearest_option(name);
            !near.empty() && near != name && !name.starts_with("x-")) {
            name = near;
            found = true;
        }
        uri += std::exchange(separator, '&');
        uri += name;
        if (option.has_value)
            uri.append("=").append(option.raw);
    }
    return found ? uri : std::string();
}

// A command that is made of the request itself; empty: there is none.
std::string line_of(const exchange& each, problem_id id) {
    const auto words = words_of(each.asked.method());
    if (id == problem_id::unknown_parameter)
        if (const auto uri = spelt_right(each); !uri.empty())
            return curl_line(each, uri, words);
    if (id == problem_id::not_authenticated && !each.path.empty())
        return curl_line(each, each.path,
                         words.empty() ? "-u NAME" : "-u NAME " + std::string(words));
    return {};
}

} // namespace

std::string_view usual_hint(problem_id id) {
    const auto* row = row_for(id);
    return row != nullptr ? row->hint : std::string_view();
}

std::string_view usual_try(problem_id id) {
    const auto* row = row_for(id);
    return row != nullptr ? row->try_line : std::string_view();
}

void advise(const exchange& each, problem& what) {
    const std::string number(each.connection.request_id()); // by which the log has it
    what.members.emplace_back("instance",
                              "/log/" + number); // bound: once a problem [RFC9457-3.1.5]
    if (what.hint.empty())
        what.hint = usual_hint(what.id);
    if (!what.try_line.empty())
        return;
    what.try_line = line_of(each, what.id);
    if (!what.try_line.empty())
        return;
    std::string line(usual_try(what.id));
    const auto target = unquoted(each.path);
    if (replace(line, "{target}", target) && target.size() > target_bytes_max)
        return;
    replace(line, "{base}", base_uri(each));
    what.try_line = std::move(line);
}

std::string curl_line(const exchange& each, std::string_view target, std::string_view arguments) {
    if (target.size() > target_bytes_max)
        return {};
    std::string line = "curl ";
    if (!arguments.empty())
        line.append(arguments).append(" ");
    return line + '\'' + base_uri(each) + unquoted(target) + '\'';
}

} // namespace rest
