#include "rest/route_table.hpp"

#include "rest/resources/batch.hpp"
#include "rest/json_websocket.hpp"
#include "rest/resources/contrast.hpp"
#include "rest/resources/cost.hpp"
#include "rest/resources/events.hpp"
#include "rest/resources/clients.hpp"
#include "rest/resources/health.hpp"
#include "rest/resources/history.hpp"
#include "rest/resources/metrics.hpp"
#include "rest/resources/pages.hpp"
#include "rest/resources/problems.hpp"
#include "rest/resources/reload.hpp"
#include "rest/resources/sessions.hpp"
#include "rest/resources/streams.hpp"
#include "rest/resources/retained.hpp"
#include "rest/resources/rights.hpp"
#include "rest/resources/server.hpp"
#include "rest/resources/subscriptions.hpp"
#include "rest/resources/asyncapi.hpp"
#include "rest/resources/health.hpp"
#include "rest/resources/history.hpp"
#include "rest/resources/manual.hpp"
#include "rest/resources/pages.hpp"
#include "rest/resources/problems.hpp"
#include "rest/resources/reload.hpp"
#include "rest/resources/thing_description.hpp"
#include "rest/resources/tickets.hpp"
#include "rest/resources/topic_children.hpp"
#include "rest/resources/topics.hpp"
#include "rest/resources/users.hpp"
#include "rest/resources/version.hpp"
#include "rest/resources/webhooks.hpp"
#include "rest/router.hpp"
#include "rest/websocket_upgrade.hpp"

#include <array>

namespace rest {

std::span<const route_row> route_table() {
    using enum caller;
    // clang-format off
    static constexpr std::array rows{
        // topics
        route_row{http_verb::get,     "/topics/{topic}", "readTopic",     known,  &read_topic},
        route_row{http_verb::head,    "/topics/{topic}", "headTopic",     known,  &read_topic},
        route_row{http_verb::put,     "/topics/{topic}", "putTopic",      known,  &publish_topic},
        route_row{http_verb::post,    "/topics/{topic}", "postTopic",     known,  &publish_topic},
        route_row{http_verb::patch,   "/topics/{topic}", "patchTopic",    known,  &patch_topic},
        route_row{http_verb::delete_, "/topics/{topic}", "deleteTopic",   known,  &clear_topic},
        route_row{http_verb::options, "/topics/{topic}", "optionsTopic",  anyone, &answer_options},
        route_row{http_verb::get,     "/topics", "readTopics",    known,  &read_topic},
        route_row{http_verb::head,    "/topics", "headTopics",    known,  &read_topic},
        route_row{http_verb::put,     "/topics", "putTopics",     known,  &publish_topic},
        route_row{http_verb::post,    "/topics", "postTopics",    known,  &publish_topic},
        route_row{http_verb::patch,   "/topics", "patchTopics",   known,  &patch_topic},
        route_row{http_verb::delete_, "/topics", "deleteTopics",  known,  &clear_topic},
        route_row{http_verb::options, "/topics", "optionsTopics", anyone, &answer_options},
        route_row{http_verb::post, "/api/v1/query", "queryTopics", known, &query_topics},
        // many messages at once
        route_row{http_verb::post, "/api/v1/publish", "publishBatch", known, &publish_batch, body_kind::in_parts},
        route_row{http_verb::put,  "/api/v1/publish", "putBatch",     known, &publish_batch, body_kind::in_parts},
        route_row{http_verb::post, "/api/v5/publish", "publishForEmqx", known, &publish_for_emqx},
        route_row{http_verb::post, "/api/v5/publish/bulk", "publishBulkForEmqx", known, &publish_bulk_for_emqx},
        // streams
        route_row{http_verb::get, "/api/v1/stream", "openStream", known, &open_stream},
        route_row{http_verb::get,     "/api/v1/streams", "listStreams", known, &list_streams},
        route_row{http_verb::get,     "/api/v1/streams/{id}", "readStream",   known, &read_stream},
        route_row{http_verb::patch,   "/api/v1/streams/{id}", "changeStream", known, &change_stream},
        route_row{http_verb::delete_, "/api/v1/streams/{id}", "endStream",    known, &end_stream},
        // what was
        route_row{http_verb::get, "/api/v1/topics", "listTopics", known, &list_children},
        route_row{http_verb::get, "/api/v1/history", "readHistory", known, &read_history},
        route_row{http_verb::get, "/api/v1/series", "readSeries", known, &read_series},
        // sessions that are pulled
        route_row{http_verb::get, "/api/v1/sessions", "listSessions", known, &list_sessions},
        route_row{http_verb::put, "/api/v1/sessions/{id}", "putSession", known, &put_session},
        route_row{http_verb::get, "/api/v1/sessions/{id}", "readSession", known, &read_session},
        route_row{http_verb::delete_, "/api/v1/sessions/{id}", "deleteSession", known, &delete_session},
        route_row{http_verb::get, "/api/v1/sessions/{id}/messages", "readSessionMessages", known, &read_session_messages},
        route_row{http_verb::post, "/api/v1/sessions/{id}/pull", "pullSessionMessages", known, &pull_session_messages},
        route_row{http_verb::post, "/api/v1/sessions/{id}/ack", "acknowledgeSessionMessages", known, &acknowledge_session_messages},
        route_row{http_verb::post, "/api/v1/sessions/{id}/nack", "returnSessionMessages", known, &return_session_messages},
        route_row{http_verb::post, "/api/v1/sessions/{id}/extend", "extendSessionLeases", known, &extend_session_leases},
        route_row{http_verb::get, "/api/v1/sessions/{id}/stream", "streamSession", known, &stream_session},
        route_row{http_verb::post, "/api/v1/sessions/{id}/subscriptions", "addSessionSubscriptions", known, &add_session_subscriptions},
        route_row{http_verb::delete_, "/api/v1/sessions/{id}/subscriptions", "removeSessionSubscriptions", known, &remove_session_subscriptions},
        // webhooks
        route_row{http_verb::get, "/api/v1/webhooks", "listWebhooks", known, &list_webhooks},
        route_row{http_verb::get, "/api/v1/webhooks/{name}", "readWebhook", known, &read_webhook},
        route_row{http_verb::put, "/api/v1/webhooks/{name}", "putWebhook", known, &put_webhook},
        route_row{http_verb::delete_, "/api/v1/webhooks/{name}", "deleteWebhook", known, &delete_webhook},
        route_row{http_verb::get, "/api/v1/webhooks/{name}/deliveries", "listDeliveries", known, &list_deliveries},
        route_row{http_verb::post, "/api/v1/webhooks/{name}/deliveries/{id}/retry", "retryDelivery", known, &retry_delivery},
        route_row{http_verb::post, "/api/v1/webhooks/{name}/replay", "replayWebhook", known, &replay_webhook},
        route_row{http_verb::post, "/api/v1/webhooks/{name}/test", "testWebhook", known, &test_webhook},
        // administration
        route_row{http_verb::get, "/metrics", "readMetrics", known, &read_metrics},
        route_row{http_verb::get, "/api/v1/cost", "readCost", known, &read_cost},
        route_row{http_verb::post, "/api/v1/contrast", "measureContrast", known, &measure_contrast},
        route_row{http_verb::get, "/api/v1/events", "watchEvents", known, &open_events},
        route_row{http_verb::get, "/api/v1/log", "watchLog", known, &open_log},
        route_row{http_verb::get, "/api/v1/clients", "listClients", known, &list_clients},
        route_row{http_verb::get, "/api/v1/clients/{id}", "readClient", known, &read_client},
        route_row{http_verb::delete_, "/api/v1/clients/{id}", "disconnectClient", known, &disconnect_client},
        route_row{http_verb::get, "/api/v1/clients/{id}/trace", "traceClient", known, &trace_client},
        route_row{http_verb::post, "/api/v1/clients/{id}/subscriptions", "subscribeClient", known, &subscribe_client},
        route_row{http_verb::get, "/api/v1/subscriptions", "listSubscriptions", known, &list_subscriptions},
        route_row{http_verb::get, "/api/v1/shared", "listShared", known, &list_shared},
        route_row{http_verb::get, "/api/v1/retained", "listRetained", known, &list_retained},
        route_row{http_verb::delete_, "/api/v1/retained", "clearRetained", known, &clear_retained_values},
        route_row{http_verb::post, "/api/v1/acl/check", "checkRight", known, &check_right},
        route_row{http_verb::get, "/api/v1/users", "listUsers", known, &list_users},
        route_row{http_verb::get, "/api/v1/users/{name}", "readUser", known, &read_user},
        route_row{http_verb::put, "/api/v1/users/{name}", "putUser", known, &put_user},
        route_row{http_verb::delete_, "/api/v1/users/{name}", "deleteUser", known, &delete_user},
        route_row{http_verb::get, "/api/v1/config", "readConfiguration", known, &read_configuration},
        route_row{http_verb::get, "/api/v1/listeners", "listListeners", known, &list_listeners},
        route_row{http_verb::get, "/api/v1/bridges", "listBridges", known, &list_bridges},
        route_row{http_verb::get, "/api/v1/systree", "readSystemTree", known, &read_system_tree},
        route_row{http_verb::post, "/api/v1/reload", "reloadConfiguration", known, &reload_configuration},
        route_row{http_verb::get, "/api/v1/version", "readVersion", known, &read_version},
        // who asks
        route_row{http_verb::get, "/api/v1/me", "readMe", known, &read_me},
        route_row{http_verb::post, "/api/v1/tickets", "makeTicket", known, &make_ticket},
        route_row{http_verb::post, "/api/v1/login", "logIn", anyone, &log_in},
        route_row{http_verb::post, "/api/v1/logout", "logOut", anyone, &log_out},
        // descriptions
        route_row{http_verb::get, "/api/v1/openapi.json", "readOpenapi", anyone, &read_openapi},
        route_row{http_verb::get, "/api/v1/asyncapi.json", "readAsyncapi", known, &read_asyncapi},
        route_row{http_verb::get, "/.well-known/wot", "readThing", known, &read_thing},
        route_row{http_verb::get, "/healthz", "readHealth", anyone, &read_health},
        route_row{http_verb::get, "/readyz", "readReadiness", anyone, &read_readiness},
        route_row{http_verb::get, "/problems", "listProblems", anyone, &list_problems},
        route_row{http_verb::get, "/problems/{name}", "readProblem", anyone, &read_problem},
        // WebSocket
        route_row{http_verb::get, "/mqtt", "openMqtt", anyone, &open_mqtt},
        route_row{http_verb::get, "/ws", "openJsonWebsocket", anyone, &open_json_websocket},
        // pages
        route_row{http_verb::get, "/docs", "readManual", anyone, &read_manual},
        route_row{http_verb::get, "/docs/{chapter}", "readChapter", anyone, &read_manual},
        route_row{http_verb::get, "/", "readIndex", anyone, &read_page},
        route_row{http_verb::get, "/{file}", "readFile", anyone, &read_page},
    };
    // clang-format on
    return rows;
}

} // namespace rest
