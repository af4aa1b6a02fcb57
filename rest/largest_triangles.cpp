#include "rest/largest_triangles.hpp"

#include <cmath>

namespace rest {
namespace {

double seconds_of(const mqtt::series_point& point) {
    return std::chrono::duration<double>(point.at.time_since_epoch()).count();
}

// Twice the area of the triangle; only compared.
double area(const mqtt::series_point& left, const mqtt::series_point& middle, double right_time,
            double right_value) {
    const auto left_time = seconds_of(left);
    return std::abs((left_time - right_time) * (middle.value - left.value) -
                    (left_time - seconds_of(middle)) * (right_value - left.value));
}

} // namespace

std::vector<mqtt::series_point> largest_triangles(std::span<const mqtt::series_point> points,
                                                  std::size_t count) {
    if (points.size() <= count)
        return {points.begin(), points.end()};
    std::vector<mqtt::series_point> chosen{points.front()};
    const auto parts = count - 2;
    const auto inner = points.size() - 2;
    const auto begin_of = [&](std::size_t part) { return 1 + part * inner / parts; };
    for (std::size_t part = 0; part < parts; ++part) {
        const auto begin = begin_of(part);
        const auto end = begin_of(part + 1);
        // The next part's middle; behind the last part stands the last point.
        const auto next_end = part + 1 < parts ? begin_of(part + 2) : points.size();
        double time = 0;
        double value = 0;
        for (auto i = end; i < next_end; ++i) {
            time += seconds_of(points[i]) / static_cast<double>(next_end - end);
            value += points[i].value / static_cast<double>(next_end - end);
        }
        auto best = begin;
        double largest = -1;
        for (auto i = begin; i < end; ++i) {
            const auto size = area(chosen.back(), points[i], time, value);
            if (size > largest) {
                largest = size;
                best = i;
            }
        }
        chosen.push_back(points[best]);
    }
    chosen.push_back(points.back());
    return chosen;
}

std::vector<mqtt::series_point> extremes_of(std::span<const mqtt::series_bucket> buckets) {
    std::vector<mqtt::series_point> points;
    if (buckets.empty())
        return points;
    const auto add = [&](mqtt::wall_time at, double value) {
        if (points.empty() || points.back().at < at)
            points.push_back({at, value}); // bound: two for each bucket, and two more
    };
    add(buckets.front().first_at, buckets.front().first);
    for (const auto& each : buckets) {
        const bool low_first = each.low_at <= each.high_at;
        add(low_first ? each.low_at : each.high_at, low_first ? each.low : each.high);
        add(low_first ? each.high_at : each.low_at, low_first ? each.high : each.low);
    }
    add(buckets.back().last_at, buckets.back().last);
    return points;
}

} // namespace rest
