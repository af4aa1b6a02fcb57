// The TLS contexts of the listeners, from what the settings say.
#pragma once

#include "gateway/config_file.hpp"
#include "gateway/tls_context.hpp"

#include <memory>
#include <vector>

namespace gateway {

// The PSK source of a listener whose keys these are.
tls_context::psk_source keys_of(const security_settings& security);

// TLS contexts of all listeners, by number; null for those without TLS. Sentences in problems begin
// with "file:line: ".
// askers: by listener, or empty where nobody else knows keys.
std::vector<std::shared_ptr<const tls_context>>
make_tls(const settings& all, const std::vector<tls_context::psk_asker>& askers,
         std::vector<finding>& problems);

} // namespace gateway
