// The operator's own pages, from the folder http_dir.
#pragma once

#include "rest/exchange.hpp"
#include "rest/route_table.hpp"

namespace rest {

// The row of a request that a file of the folder may answer: GET or HEAD of a path that no other
// row, or none but a page of our own, is for. Null: it can be no file, or there is no folder.
// Where no file is there, the answer is what it would have been without the folder.
const route_row* folder_row(const exchange& each, const route_row* otherwise);

} // namespace rest
