// Reads the files that security settings name: users, rights, keys. A file that can't be used is an
// error, never an open door.
#pragma once

#include "gateway/config_file.hpp"

namespace gateway {

// Of the whole configuration: what counts for its listeners, each file once. Findings name the file
// and the line.
void read_security_files(config_reading& reading);

} // namespace gateway
