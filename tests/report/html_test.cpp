#include "lexicell/report/html.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lexicell/report/base64.h"

namespace lexicell {
namespace {

TEST(Prose, SetsCodeBetweenTwoBackticks) {
    EXPECT_EQ(escape_prose("use `a <b>` & `c`."), "use <code>a &lt;b&gt;</code> &amp; <code>c</code>.");
    EXPECT_EQ(escape_prose("one ` alone"), "one ` alone");
    EXPECT_EQ(escape_prose("`"), "`");
    EXPECT_EQ(escape_prose(""), "");
}

TEST(Html, EscapesWhatOpensAnElementOrEndsAnAttribute) {
    EXPECT_EQ(escape_html("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
    EXPECT_EQ(plot_text("<b>CD3\"E\" & more</b>"), "&lt;b&gt;CD3\"E\" &amp; more&lt;/b&gt;");
}

TEST(Html, ScriptJsonCannotCloseItsElementAndReadsBackUnchanged) {
    const nlohmann::json value = {{"</script><!--", "a & b ]]> \u2028"}};
    const std::string text = script_json(value);
    EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(text), value);
}

TEST(Html, MalformedBytesAreReplacedAndWellFormedTextKept) {
    const std::string replacement = "\xEF\xBF\xBD";
    EXPECT_EQ(clean_utf8("αβ-T → \U0001F9EC"), "αβ-T → \U0001F9EC");
    EXPECT_EQ(clean_utf8("a\xFF"), "a" + replacement);
    EXPECT_EQ(clean_utf8("\xC0\xAF"), replacement + replacement) << "overlong form";
    EXPECT_EQ(clean_utf8("\xED\xA0\x80"), replacement + replacement + replacement) << "surrogate";
    EXPECT_EQ(clean_utf8("\xE2\x82"), replacement + replacement) << "cut off";
    EXPECT_EQ(clean_utf8(std::string_view("a\0b\x1b[31m\n", 9)), "a b [31m\n") << "control characters";
}

TEST(Html, EveryByteStringSurvivesJson) {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; second += 5) {
            const std::string bytes = {static_cast<char>(first), static_cast<char>(second)};
            const nlohmann::json value = clean_utf8(bytes);
            EXPECT_NO_THROW(static_cast<void>(value.dump()));
        }
    }
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(base64("\xFF\xFE"), "//4=");
}

}  // namespace
}  // namespace lexicell
