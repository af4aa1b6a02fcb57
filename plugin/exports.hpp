// The functions that plugins import from the program. A static library's member that nobody refers
// to is left out by the linker, so each of them stands in a table that is looked at before the
// first plugin is loaded. exported.list lets the dynamic linker see them. Of this room only.
#pragma once

#include <cstddef>
#include <string>

namespace plugin {

// The name of a function that a plugin would not find, or would find somewhere else; empty: none.
std::string missing_export();

// Overwrites a secret before its memory is given back.
void wipe(char* bytes, std::size_t count);
inline void wipe(std::string& text) {
    wipe(text.data(), text.size());
}

} // namespace plugin
