// What plugins ask of a client. Names, arguments and answers are mosquitto's: mosquitto_broker.h.
#include "mqtt/types/utf8.hpp"
#include "plugin/client.hpp"
#include "plugin/dispatcher.hpp"
#include "plugin/interface.hpp"

#include <openssl/x509.h>

namespace {

constexpr std::size_t username_bytes_max = 65'535;

} // namespace

extern "C" {

const char* mosquitto_client_address(const mosquitto* client) {
    return client == nullptr ? nullptr : client->host.c_str();
}

bool mosquitto_client_clean_session(const mosquitto* client) {
    return client == nullptr || client->clean_start;
}

const char* mosquitto_client_id(const mosquitto* client) {
    return client == nullptr ? nullptr : client->who.client_id.c_str();
}

int mosquitto_client_keepalive(const mosquitto* client) {
    return client == nullptr ? -1 : client->keep_alive;
}

// The caller frees what it gets, with X509_free.
void* mosquitto_client_certificate(const mosquitto* client) {
    if (client == nullptr || client->certificate == nullptr)
        return nullptr;
    const auto* bytes = reinterpret_cast<const unsigned char*>(client->certificate->data());
    return ::d2i_X509(nullptr, &bytes, static_cast<long>(client->certificate->size()));
}

// HTTP has no word of its own in mosquitto's interface; it is nearest to WebSocket.
int mosquitto_client_protocol(const mosquitto* client) {
    if (client == nullptr)
        return -1;
    return client->way == mqtt::transport::mqtt ? mp_mqtt : mp_websockets;
}

int mosquitto_client_protocol_version(const mosquitto* client) {
    return client == nullptr ? -1 : client->protocol_version;
}

int mosquitto_client_sub_count(const mosquitto* client) {
    auto* stage = plugin::dispatcher::current();
    if (client == nullptr || stage == nullptr || !client->admitted)
        return 0;
    return stage->broker().subscription_count(client->who);
}

const char* mosquitto_client_username(const mosquitto* client) {
    return client == nullptr || !client->username ? nullptr : client->username->c_str();
}

int mosquitto_set_username(mosquitto* client, const char* username) {
    auto* stage = plugin::dispatcher::current();
    if (client == nullptr || stage == nullptr)
        return MOSQ_ERR_INVAL;
    std::optional<std::string> name;
    if (username != nullptr)
        name = username;
    if (name &&
        (name->empty() || name->size() > username_bytes_max || !mqtt::is_utf8_string(*name)))
        return MOSQ_ERR_INVAL;
    client->username = name;
    if (client->admitted)
        stage->broker().set_username(client->who, std::move(name));
    return MOSQ_ERR_SUCCESS;
}

} // extern "C"
