#include "rest/webhooks/signature.hpp"

#include "mqtt/auth/digest.hpp"
#include "rest/base64.hpp"

#include <utility>

namespace rest::webhooks {
namespace {

std::string key_of(std::string_view secret) {
    constexpr std::string_view mark = "whsec_";
    if (secret.starts_with(mark))
        if (auto decoded = base64_decode(secret.substr(mark.size())); decoded && !decoded->empty())
            return std::move(*decoded);
    return std::string(secret);
}

} // namespace

std::string signature_of(std::span<const std::string> secrets, std::string_view id,
                         std::int64_t timestamp, std::string_view body) {
    std::string text;
    text.reserve(id.size() + body.size() + 24);
    text.append(id).append(".").append(std::to_string(timestamp)).append(".").append(body);
    std::string out;
    for (const auto& secret : secrets) {
        out += out.empty() ? "v1," : " v1,";
        append_base64(out, mqtt::hmac_sha256(key_of(secret), text));
    }
    return out;
}

} // namespace rest::webhooks
