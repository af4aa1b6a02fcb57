// Fewer points that draw the same line: of each part of the series the point that spans the largest
// triangle with its neighbours stays (LTTB, S. Steinarsson 2013).
#pragma once

#include "mqtt/store/history.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace rest {

// points: in the order of time. At most count of them, the first and the last one always.
// requires: count >= 2
std::vector<mqtt::series_point> largest_triangles(std::span<const mqtt::series_point> points,
                                                  std::size_t count);

// The points that stand for buckets where there are too many points to look at: the lowest and the
// highest of each, the first and the last of all.
std::vector<mqtt::series_point> extremes_of(std::span<const mqtt::series_bucket> buckets);

} // namespace rest
