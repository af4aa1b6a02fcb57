// Lines that a store command has to say about what is wrong, so many and no more; all are counted.
#pragma once

#include <cstddef>
#include <ostream>
#include <string_view>

namespace gateway {

inline constexpr std::size_t store_findings_max = 1000;

class store_findings {
public:
    explicit store_findings(std::ostream& to) : to_(to) {}

    // The sentence must be fit for a terminal: what comes from outside in it is quoted().
    void add(std::string_view sentence) {
        if (++count_ <= store_findings_max)
            to_ << sentence << '\n';
        else if (count_ == store_findings_max + 1)
            to_ << "... and more; they are counted only\n";
    }

    std::size_t count() const { return count_; }

private:
    std::ostream& to_;
    std::size_t count_ = 0;
};

} // namespace gateway
