// The body of a batch, taken apart into its messages: a JSON document that is there as a whole, or
// lines that are read while they arrive. Messages are views into what is kept here, and hold until
// the next part is put in.
#pragma once

#include "rest/batch_message.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace rest {

enum class batch_form {
    document, // one JSON object, or an array of them
    ndjson,   // one JSON object a line
    lines     // topic, space, payload
};

class batch_body {
public:
    enum class found { message, fault, nothing };

    // line_bytes_max: of a line; a longer one is a fault, and skipped.
    batch_body(batch_form form, const batch_terms& terms, std::size_t line_bytes_max)
        : form_(form), terms_(terms), line_bytes_max_(line_bytes_max) {}

    // Ends the life of all messages so far.
    void put(std::string_view part);
    // No more parts come. false: the document is not JSON, see position(). Lines are read one by
    // one, so of them none is ever wrong for all.
    bool finish();

    // The next message, or why it is none. nothing: it has not arrived yet, or there are no more.
    found next(batch_message& into, batch_fault& fault);

    // A line has begun and has not ended.
    bool is_within_line() const { return skipping_ || at_ < text_.size(); }
    // What is kept; a document or an atomic batch grows to all of it.
    std::size_t bytes() const { return text_.size() - at_; }
    // Of what is wrong in a document.
    std::size_t position() const { return fault_at_; }
    // The document is one object, which alone is the batch.
    bool is_single() const { return single_; }

private:
    found next_of_document(batch_message& into, batch_fault& fault);
    bool next_line(std::string_view& line, batch_fault& fault);
    found read_object(std::string_view line, batch_message& into, batch_fault& fault);
    found read_line(std::string_view line, batch_message& into, batch_fault& fault) const;

    const batch_form form_;
    const batch_terms& terms_;
    const std::size_t line_bytes_max_;
    std::string text_;            // bound: line_bytes_max_ and one part; a document's: its caller
    std::size_t at_ = 0;          // where the messages begin that have not been read
    std::size_t searched_to_ = 0; // no line ends before
    std::size_t fault_at_ = 0;
    bool finished_ = false;
    bool skipping_ = false; // the rest of a line that is too long
    bool single_ = false;
};

} // namespace rest
