// What servers and clients may be called in the certificates of `sluice certs`: names that others
// understand, and that can be names of files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

// In the form that a certificate has: small letters, an address as short as it can be written.
// Empty: it is neither a DNS name nor an IP address.
std::string host_name_from(std::string_view text);

// Why no client can be called so; empty: one can.
std::string client_name_problem(std::string_view name);

// The host's name first, then the names of this machine for itself; none twice.
std::vector<std::string> server_names(const std::vector<std::string>& hosts);

// As a shell reads it as one word.
std::string shell_word(std::string_view text);

} // namespace gateway
