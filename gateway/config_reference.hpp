// Writes what the option table says for people: config/sluice.conf, every option that is served
// with its default and its sentence; docs/configuration.md, every option that mosquitto has or we
// have.
#pragma once

#include <string>

namespace gateway {

std::string config_reference();
std::string configuration_document();

// The words of the table in the form of a libFuzzer dictionary: names, and those that values are
// made of.
std::string configuration_dictionary();

} // namespace gateway
