#pragma once
// Text from files made harmless for the three places where it can land in a report. Gene names and obs values are hostile.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace lexicell {

// Well-formed UTF-8: a malformed byte becomes U+FFFD, control characters other than tab and newline a space.
std::string clean_utf8(std::string_view text);

// For element content and double-quoted attributes.
std::string escape_html(std::string_view text);

// The same, with what stands between two backticks set as code.
std::string escape_prose(std::string_view text);

// For a <script> element: JSON in which no '<', '>' or '&' is left, so that it can neither close the element nor open a comment.
std::string script_json(const nlohmann::json& value);

// For labels inside a plotly specification: plotly reads tags and entities in any text, and %{...} in templates.
std::string plot_text(std::string_view text);

// The text with a capital letter at its beginning, if that is a letter of ASCII.
std::string capitalized(std::string text);

}  // namespace lexicell
