// What became of the messages of a batch, as its caller is told: counts, errors, and a receipt for
// each where that is wanted.
#pragma once

#include "rest/batch_report.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rest {

enum class receipts_wanted : std::uint8_t { all, errors, none };

// Errors, and receipts, that one answer lists; what is beyond is counted only.
inline constexpr std::size_t batch_errors_max = 1000;
inline constexpr std::size_t batch_receipts_max = 10'000;
// Receipts on their way to a caller who reads slowly; beyond, they are left out and counted.
inline constexpr std::size_t receipts_waiting_bytes_max = 262'144;

class batch_receipts final : public batch_report {
public:
    // streamed: each line leaves as soon as it is known, and the summary comes last.
    batch_receipts(receipts_wanted wanted, bool streamed) : wanted_(wanted), streamed_(streamed) {}

    void published(std::uint64_t index, const mqtt::publish_request& what,
                   const mqtt::publish_outcome& outcome) override;
    void failed(std::uint64_t index, std::string_view topic, const batch_fault& why) override;

    bool is_streamed() const { return streamed_; }
    std::uint64_t published_count() const { return published_; }
    std::uint64_t failed_count() const { return failed_; }

    // Lines that were not taken yet. waiting: bytes of earlier ones that the caller has not read.
    std::string take_lines(std::size_t waiting);

    // The members of the summary, without braces.
    std::string summary();

private:
    using row = std::pair<std::uint64_t, std::string>; // index, document
    void keep(std::vector<row>& rows, std::size_t rows_max, std::uint64_t index,
              std::string document);

    const receipts_wanted wanted_;
    const bool streamed_;
    std::uint64_t published_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t left_out_ = 0;
    std::vector<row> errors_;   // at most batch_errors_max
    std::vector<row> receipts_; // at most batch_receipts_max
    std::string lines_;         // bound: those of one part of the body
    std::uint64_t lines_count_ = 0;
};

} // namespace rest
