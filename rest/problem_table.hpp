// Every way in which a request can fail: one row each, and the only place where its number, its
// name in the URI, its sentence and its MQTT reason code meet. number / 100 is the HTTP status.
#pragma once

#include "mqtt/types/reason.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rest {

// The order is that of the table.
enum class problem_id : std::uint8_t {
    bad_request,
    bad_percent_escape,
    topic_name_invalid,
    wildcard_in_topic_name,
    topic_filter_invalid,
    unknown_parameter,
    invalid_parameter,
    bad_qos,
    bad_websocket_request,
    too_many_filters,
    body_not_readable,
    not_authenticated,
    ticket_not_good,
    not_authorized,
    origin_not_allowed,
    banned,
    target_not_allowed,
    no_such_resource,
    no_retained_value,
    no_last_value,
    no_such_session,
    no_such_stream,
    no_such_client,
    no_such_user,
    no_such_webhook,
    no_such_delivery,
    method_not_allowed,
    request_timeout,
    no_subscribers,
    confirm_differs,
    session_taken_over,
    request_still_running,
    too_many_sessions,
    ticket_expired,
    changed_meanwhile,
    payload_too_large,
    uri_too_long,
    content_coding_not_supported,
    patch_type_not_supported,
    expectation_failed,
    host_not_served,
    payload_format_invalid,
    empty_value,
    not_supported,
    configuration_refused,
    history_not_kept,
    key_used_otherwise,
    not_json,
    batch_refused,
    upgrade_required,
    confirm_needed,
    condition_needed,
    quota_exceeded,
    too_many_streams,
    rate_limited,
    too_many_logins,
    header_too_large,
    internal_fault,
    method_not_implemented,
    shutting_down,
    not_ready,
    server_busy,
    too_many_requests_open,
    reply_timeout,
    http_version_not_supported,
    storage_full,
    count
};

struct problem_row {
    problem_id id;
    std::uint32_t number;  // never renumber
    std::string_view name; // the last part of its URI, "/problems/{name}"
    std::string_view title;
    std::string_view sentence; // for its page
    std::optional<mqtt::reason> reason;
};

// clang-format off
inline constexpr std::array problem_table{
    problem_row{problem_id::bad_request, 40001, "bad-request", "The request could not be read",
        "What arrived is not an HTTP/1.1 request: a line, a header field, a length or a chunk is malformed. The connection is closed, because nobody can tell where the next request would begin.", mqtt::reason::malformed_packet},
    problem_row{problem_id::bad_percent_escape, 40002, "bad-percent-escape", "A '%' in the URL is not followed by two hex digits",
        "In a URL, '%' begins an escape of two hex digits. A percent sign that is meant as such is written %25.", mqtt::reason::malformed_packet},
    problem_row{problem_id::topic_name_invalid, 40003, "topic-name-invalid", "This is not a topic name",
        "A topic name has 1 to 65535 bytes of UTF-8 without control characters, in at most 64 levels when it comes in a URL.", mqtt::reason::topic_name_invalid},
    problem_row{problem_id::wildcard_in_topic_name, 40004, "wildcard-in-topic-name", "A topic name cannot contain '+' or '#'",
        "Wildcards select topics for reading. A message is published to exactly one topic, so its name has none.", mqtt::reason::topic_name_invalid},
    problem_row{problem_id::topic_filter_invalid, 40005, "topic-filter-invalid", "This is not a topic filter",
        "In a filter, '+' fills a whole level and '#' fills the last one; everything else is as in a topic name.", mqtt::reason::topic_filter_invalid},
    problem_row{problem_id::unknown_parameter, 40006, "unknown-parameter", "There is no such option here",
        "Options that are not known are refused, because a misspelt one would silently change what the request means. Names that begin with 'x-' are yours and are ignored.", mqtt::reason::protocol_error},
    problem_row{problem_id::invalid_parameter, 40007, "invalid-parameter", "An option has a value that it cannot have",
        "The option or header field is known, its value is not one that it takes, or it does not go together with another one.", mqtt::reason::protocol_error},
    problem_row{problem_id::bad_qos, 40008, "bad-qos", "The quality of service is 0, 1 or 2",
        "0: at most once, 1: at least once, 2: exactly once.", mqtt::reason::malformed_packet},
    problem_row{problem_id::bad_websocket_request, 40009, "bad-websocket-request", "This WebSocket handshake cannot be accepted",
        "MQTT over WebSocket is opened on /mqtt with version 13 and the subprotocol 'mqtt' (or 'mqttv3.1').", mqtt::reason::protocol_error},
    problem_row{problem_id::too_many_filters, 40010, "too-many-filters", "More filters than one request may have",
        "A stream or a list takes at most 100 filters.", mqtt::reason::quota_exceeded},
    problem_row{problem_id::body_not_readable, 40011, "body-not-readable", "The body is not what this address takes",
        "A JSON document is expected, with the members that the description of this address lists. What does not belong there is refused, because a misspelt one would silently change what the request means.", mqtt::reason::malformed_packet},
    problem_row{problem_id::not_authenticated, 40101, "not-authenticated", "Who are you?",
        "This server wants to know who asks, and the user name or the password is missing or wrong.", mqtt::reason::bad_user_name_or_password},
    problem_row{problem_id::ticket_not_good, 40102, "ticket-not-good", "The ticket opens nothing",
        "A ticket opens streams for the filters that it was made for, from the address that asked for it, for a short time, and after its first use only that one stream.", mqtt::reason::not_authorized},
    problem_row{problem_id::not_authorized, 40301, "not-authorized", "You may not do this",
        "The access rules do not let this user do this with this topic. To send a password again does not help.", mqtt::reason::not_authorized},
    problem_row{problem_id::origin_not_allowed, 40302, "origin-not-allowed", "Web pages from that origin may not do this",
        "A browser sent this request for a page that comes from elsewhere. Origins that may are listed with http_cors_origin.", mqtt::reason::not_authorized},
    problem_row{problem_id::banned, 40303, "banned", "This client is shut out",
        "An administrator has banned the user or the address.", mqtt::reason::banned},
    problem_row{problem_id::target_not_allowed, 40304, "target-not-allowed", "The server may not call that address",
        "A webhook may call https URLs of public addresses. The operator can allow others with webhook_allow.", mqtt::reason::not_authorized},
    problem_row{problem_id::no_such_resource, 40401, "no-such-resource", "There is nothing at this address",
        "Topics are below /topics/, everything structured is below /api/v1/.", std::nullopt},
    problem_row{problem_id::no_retained_value, 40402, "no-retained-value", "No retained value",
        "Nothing is kept on this topic. A value is kept when it is published with retain, as PUT does.", std::nullopt},
    problem_row{problem_id::no_last_value, 40403, "no-last-value", "No message is remembered",
        "The newest message of a topic is remembered where a line last_value_cache of the configuration names the topic, since the server was started. Else there is the retained value, or history.", std::nullopt},
    problem_row{problem_id::no_such_session, 40404, "no-such-session", "There is no such session",
        "No session of that name exists. PUT /api/v1/sessions/{id} makes one.", std::nullopt},
    problem_row{problem_id::no_such_stream, 40405, "no-such-stream", "There is no such stream",
        "The stream has ended, or it is somebody else's.", std::nullopt},
    problem_row{problem_id::no_such_client, 40406, "no-such-client", "There is no such client",
        "No client of that name is connected, and none has a session here.", std::nullopt},
    problem_row{problem_id::no_such_user, 40407, "no-such-user", "There is no such user",
        "The password file has no entry of that name.", std::nullopt},
    problem_row{problem_id::no_such_webhook, 40408, "no-such-webhook", "There is no such webhook",
        "No webhook of that name exists. PUT /api/v1/webhooks/{name} makes one.", std::nullopt},
    problem_row{problem_id::no_such_delivery, 40409, "no-such-delivery", "There is no such delivery",
        "The delivery was never made, or it is so long ago that it is forgotten.", std::nullopt},
    problem_row{problem_id::method_not_allowed, 40501, "method-not-allowed", "This resource does not take that method",
        "The header field Allow lists the methods that it takes.", mqtt::reason::protocol_error},
    problem_row{problem_id::request_timeout, 40801, "request-timeout", "The request did not arrive in time",
        "A header has 10 seconds to arrive, and no pause within a body is longer than 30.", mqtt::reason::keep_alive_timeout},
    problem_row{problem_id::no_subscribers, 40901, "no-subscribers", "Nobody subscribes to this topic",
        "The request said require=subscriber, so nothing was published.", mqtt::reason::no_matching_subscribers},
    problem_row{problem_id::confirm_differs, 40902, "confirm-differs", "The number of values is not the confirmed one",
        "Values came or went since they were counted. Nothing was cleared.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::session_taken_over, 40903, "session-taken-over", "An MQTT client has taken the session over",
        "A client connected with the name of this session, and its messages go there now. They can be pulled again as soon as the client is gone.", mqtt::reason::session_taken_over},
    problem_row{problem_id::request_still_running, 40904, "request-still-running", "The same request is still being answered",
        "A request with this Idempotency-Key came before and is not answered yet. Ask again in a moment.", mqtt::reason::packet_identifier_in_use},
    problem_row{problem_id::too_many_sessions, 40905, "too-many-sessions", "No more sessions or webhooks can be made",
        "The number that one user, or all together, may have is reached. DELETE those that are no longer needed.", mqtt::reason::quota_exceeded},
    problem_row{problem_id::ticket_expired, 41001, "ticket-expired", "The ticket is too old",
        "A ticket has to be used within the time that it was made for. POST /api/v1/tickets makes another one.", mqtt::reason::not_authorized},
    problem_row{problem_id::changed_meanwhile, 41201, "changed-meanwhile", "The value is not the one the condition names",
        "If-Match and If-None-Match are decided together with the change, so nobody else's value was overwritten.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::payload_too_large, 41301, "payload-too-large", "The body is larger than this server takes",
        "The limit is http_max_body, and it is never above the largest MQTT packet.", mqtt::reason::packet_too_large},
    problem_row{problem_id::uri_too_long, 41401, "uri-too-long", "The request line is too long",
        "Request line and header have 16384 bytes together.", mqtt::reason::packet_too_large},
    problem_row{problem_id::content_coding_not_supported, 41501, "content-coding-not-supported", "The body must come without Content-Encoding",
        "A body is published as it is. To send compressed bytes to the subscribers leave the field out.", mqtt::reason::payload_format_invalid},
    problem_row{problem_id::patch_type_not_supported, 41502, "patch-type-not-supported", "A patch of this media type is not known here",
        "PATCH takes a JSON merge patch (RFC 7396): a JSON document with the members that change, null for those that go.", mqtt::reason::payload_format_invalid},
    problem_row{problem_id::expectation_failed, 41701, "expectation-failed", "The only expectation is 100-continue",
        "The header field Expect asks for something that this server does not do.", mqtt::reason::protocol_error},
    problem_row{problem_id::host_not_served, 42101, "host-not-served", "This server is not known by that name",
        "Names other than localhost and IP addresses have to be listed with http_host, so that a web page cannot reach this server through a name of its own.", mqtt::reason::use_another_server},
    problem_row{problem_id::payload_format_invalid, 42201, "payload-format-invalid", "The payload is not what it is said to be",
        "The Payload Format Indicator 1 says UTF-8 text, and the payload is not.", mqtt::reason::payload_format_invalid},
    problem_row{problem_id::empty_value, 42202, "empty-value", "A retained value has at least one byte",
        "In MQTT an empty retained message clears the value; over HTTP that is DELETE.", mqtt::reason::payload_format_invalid},
    problem_row{problem_id::not_supported, 42203, "not-supported", "The server is set not to do this",
        "Retained messages, this quality of service, shared subscriptions or wildcards are switched off.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::configuration_refused, 42204, "configuration-refused", "The configuration has mistakes",
        "It was read again and not put in force: what was in force before stays so.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::history_not_kept, 42205, "history-not-kept", "No history is kept here",
        "What was published before can be asked for where the configuration says: persistence true, and history <filter> <age> <max> for the topics that matter.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::key_used_otherwise, 42206, "key-used-otherwise", "This Idempotency-Key belongs to another request",
        "The key came before with another method, address or body. A key stands for one request only.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::not_json, 42207, "not-json", "The value is not JSON",
        "A merge patch changes members of a JSON document; the value of this topic, or the patch, is none.", mqtt::reason::payload_format_invalid},
    problem_row{problem_id::batch_refused, 42208, "batch-refused", "Nothing of the batch was published",
        "Every message of it was refused, or one was and the request said atomic. The errors tell which and why.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::upgrade_required, 42601, "upgrade-required", "This address speaks WebSocket only",
        "MQTT over WebSocket is spoken here: an MQTT library opens it with the URL ws://.../mqtt.", mqtt::reason::protocol_error},
    problem_row{problem_id::confirm_needed, 42801, "confirm-needed", "Clearing many values has to be confirmed",
        "The option confirm=n tells how many values are meant; HEAD tells how many there are.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::condition_needed, 42802, "condition-needed", "A change of this value needs a condition",
        "The operator wants every change to name the value that it replaces (require_if_match), so that nobody overwrites what he has not seen.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::quota_exceeded, 42901, "quota-exceeded", "A limit of the server is reached",
        "Try again later, or less often.", mqtt::reason::quota_exceeded},
    problem_row{problem_id::too_many_streams, 42902, "too-many-streams", "No more streams can be opened",
        "The server holds a bounded number of streams and long polls.", mqtt::reason::quota_exceeded},
    problem_row{problem_id::rate_limited, 42903, "rate-limited", "Too many messages in too short a time",
        "Each user has a number of messages a second, whichever way they come. Retry-After tells when there is room again.", mqtt::reason::message_rate_too_high},
    problem_row{problem_id::too_many_logins, 42904, "too-many-logins", "Too many wrong passwords",
        "From this address came so many wrong passwords that no more are tried for a while.", mqtt::reason::connection_rate_exceeded},
    problem_row{problem_id::header_too_large, 43101, "header-too-large", "The header is too large",
        "Request line and header have 16384 bytes together, in at most 200 lines.", mqtt::reason::packet_too_large},
    problem_row{problem_id::internal_fault, 50001, "internal-fault", "The server failed",
        "It is not the request's fault. The Request-Id finds it in the server's log.", mqtt::reason::unspecified_error},
    problem_row{problem_id::method_not_implemented, 50101, "method-not-implemented", "This method, or this way to send a body, is not known here",
        "GET, HEAD, PUT, POST, PATCH, DELETE and OPTIONS are; a body comes with Content-Length or in chunks.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::shutting_down, 50301, "shutting-down", "The server stops",
        "It may be back soon.", mqtt::reason::server_shutting_down},
    problem_row{problem_id::not_ready, 50302, "not-ready", "The server is not ready yet",
        "It is still loading what it has to know before it can serve.", mqtt::reason::server_unavailable},
    problem_row{problem_id::server_busy, 50303, "server-busy", "The server is busy",
        "Try again later.", mqtt::reason::server_busy},
    problem_row{problem_id::too_many_requests_open, 50304, "too-many-requests-open", "Too many questions wait for an answer",
        "The number of requests that wait for a device's answer is bounded.", mqtt::reason::server_busy},
    problem_row{problem_id::reply_timeout, 50401, "reply-timeout", "Nobody answered in time",
        "The question was delivered, and no answer came back before the deadline.", mqtt::reason::implementation_specific_error},
    problem_row{problem_id::http_version_not_supported, 50501, "http-version-not-supported", "HTTP/1.0 and HTTP/1.1 are spoken here",
        "HTTP/2 and later work through a proxy in front.", mqtt::reason::unsupported_protocol_version},
    problem_row{problem_id::storage_full, 50701, "storage-full", "The disk of the server is full",
        "The message would have to be kept, and was not. Try again when there is room, or publish with qos=0.", mqtt::reason::quota_exceeded},
};
// clang-format on

constexpr const problem_row& row_of(problem_id id) {
    return problem_table[static_cast<std::size_t>(id)];
}

constexpr unsigned status_of(problem_id id) {
    return row_of(id).number / 100;
}

constexpr bool problem_table_is_in_order() {
    for (std::size_t i = 0; i < problem_table.size(); ++i)
        if (static_cast<std::size_t>(problem_table[i].id) != i)
            return false;
    return problem_table.size() == static_cast<std::size_t>(problem_id::count);
}
static_assert(problem_table_is_in_order());

} // namespace rest
