// Text in pages that the server writes.
#include "rest/html_text.hpp"
#include "tests/support/catch2_any.hpp"

TEST_CASE("no text can end an element or an attribute", "[page]") {
    std::string out = "<p title=\"";
    rest::append_html(out, "<b> & \"it's\"");
    CHECK(out == "<p title=\"&lt;b&gt; &amp; &quot;it&#39;s&quot;");
}
