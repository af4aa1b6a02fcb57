// A certificate in words, for `sluice certs --show`.
#pragma once

#include "gateway/certificate_maker.hpp"

#include <ctime>
#include <string>

namespace gateway {

std::string describe(const certificate& which, std::time_t now);

std::string date_text(std::time_t when);           // 2026-11-24
std::string fingerprint(const certificate& which); // SHA-256, as openssl writes it

} // namespace gateway
