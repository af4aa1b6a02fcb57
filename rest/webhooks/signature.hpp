// The signature of a call, as Standard Webhooks has it: whoever shares the secret can tell that the
// call is ours, that nobody has changed it, and how old it is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rest::webhooks {

// The value of webhook-signature: "v1," and the Base64 of HMAC-SHA256(secret, id.timestamp.body),
// one for each secret, with a space between. A secret that begins with "whsec_" is Base64 behind
// it; any other stands for its own bytes. Empty without secrets.
std::string signature_of(std::span<const std::string> secrets, std::string_view id,
                         std::int64_t timestamp, std::string_view body);

} // namespace rest::webhooks
