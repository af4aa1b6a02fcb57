// What only several options together can show to be wrong: TLS of a listener, tokens, plugins,
// client ids. Opens nothing.
#pragma once

#include "gateway/config_file.hpp"

namespace gateway {

void check_rules(config_reading& reading);

} // namespace gateway
