// Writes what the option table says for people: config/sluice.conf, every option with its default
// and its sentence.
#pragma once

#include <string>

namespace gateway {

std::string config_reference();

} // namespace gateway
