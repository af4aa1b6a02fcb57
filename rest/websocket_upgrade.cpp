#include "rest/websocket_upgrade.hpp"

#include "rest/base64.hpp"
#include "rest/http_connection.hpp"

#include <openssl/evp.h>

#include <array>

namespace rest {
namespace {

void refuse_handshake(exchange& each, std::string detail, std::string hint) {
    refuse(each, {.id = problem_id::bad_websocket_request,
                  .detail = std::move(detail),
                  .hint = std::move(hint)});
}

problem upgrade_needed(const exchange& each, std::string detail, std::string_view path,
                       std::string_view subprotocol) {
    problem told{.id = problem_id::upgrade_required, .detail = std::move(detail)};
    told.hint = (each.connection.is_encrypted() ? "Open wss://" : "Open ws://") +
                std::string(each.authority) + std::string(path) + " with subprotocol '" +
                std::string(subprotocol) + "'.";
    told.fields.emplace_back("Upgrade", "websocket");
    told.fields.emplace_back("Connection", "Upgrade");
    told.fields.emplace_back("Sec-WebSocket-Version", "13"); // [RFC6455-4.4]
    return told;
}

} // namespace

bool lists_token(std::string_view list, std::string_view token) {
    std::string_view element;
    while (next_element(list, element))
        if (equal_ignoring_case(element, token))
            return true;
    return false;
}

bool wants_websocket(const request& asked) {
    return asked.has_field(http_field::upgrade) &&
           lists_token(asked.list(http_field::upgrade), "websocket") &&
           lists_token(asked.list(http_field::connection), "upgrade");
}

std::string websocket_accept(std::string_view key) {
    std::string text(key);
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        return {};
    return base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::string_view mqtt_subprotocol(std::string_view offered) {
    bool old = false;
    std::string_view element;
    while (next_element(offered, element)) {
        if (element == "mqtt")
            return "mqtt"; // [MQTT-6.0.0-4] [MQTT3-6.0.0-4]
        old = old || element == "mqttv3.1";
    }
    return old ? "mqttv3.1" : ""; // what clients of MQTT 3.1 offer
}

bool check_handshake(exchange& each, std::string_view path, std::string_view subprotocol) {
    const auto& asked = each.asked;
    if (asked.method() != http_verb::get || asked.version() < 11 || !wants_websocket(asked)) {
        refuse(each, upgrade_needed(each, "This was a plain request", path, subprotocol));
        return false;
    }
    if (asked.field(http_field::sec_websocket_version) != "13") {
        refuse(each,
               upgrade_needed(each, "Only version 13 of WebSocket is spoken", path, subprotocol));
        return false;
    }
    const auto key = trimmed(asked.field(http_field::sec_websocket_key));
    const auto bytes = base64_decode(key);
    if (!bytes || bytes->size() != 16) {
        refuse_handshake(each, "Sec-WebSocket-Key is not 16 bytes in base64", {});
        return false;
    }
    return true;
}

void refuse_subprotocol(exchange& each, std::string_view offered, std::string_view subprotocol) {
    const bool mqtt = subprotocol == "mqtt";
    refuse_handshake(
        each,
        offered.empty() ? "No subprotocol is offered"
                        : "None of the offered subprotocols is known: " + std::string(offered),
        "Offer '" + std::string(subprotocol) + "'" + (mqtt ? ", as MQTT libraries do" : "") +
            ": new WebSocket(url, '" + std::string(subprotocol) + "').");
}

void accept_handshake(exchange& each, std::string_view subprotocol) {
    const auto key = trimmed(each.asked.field(http_field::sec_websocket_key));
    each.answer.status = 101;
    each.answer.add("Upgrade", "websocket");
    each.answer.add("Connection", "Upgrade");
    each.answer.add("Sec-WebSocket-Accept", websocket_accept(key));
    each.answer.add("Sec-WebSocket-Protocol", subprotocol);
}

boost::asio::awaitable<void> open_mqtt(exchange& each) {
    if (!check_handshake(each, "/mqtt", "mqtt"))
        co_return;
    const auto offered = each.asked.list(http_field::sec_websocket_protocol);
    const auto subprotocol = mqtt_subprotocol(offered);
    if (subprotocol.empty()) {
        refuse_subprotocol(each, offered, "mqtt");
        co_return;
    }
    accept_handshake(each, subprotocol);
    each.upgraded = true;
}

} // namespace rest
