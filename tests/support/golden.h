#pragma once
// Reference tensors of the official implementations: golden/<model>/<case>/{case.json, *.safetensors}, and the rules
// by which case.json wants them compared (README.md of the shared folder).
//
//     class GoldenScilama : public testing_support::GoldenTest {};
//     (in a test with the parameter of that suite)
//         Comparison compare(golden());
//         compare.check("loss", std::span<const float>(values), {3, 4});
//     LEXICELL_GOLDEN_CASES(GoldenScilama, "scilama");

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include "lexicell/io/safetensors.h"
#include "tests/support/shared_data.h"

namespace lexicell::testing_support {

struct GoldenCase {
    std::string model, name;
    std::filesystem::path folder;
    nlohmann::ordered_json description;                              // case.json
    std::map<std::string, std::map<std::string, HostTensor>> files;  // "weights" -> name -> tensor, one a safetensors file

    const nlohmann::ordered_json& config() const { return description.at("config"); }
    // Throw with the names of case, file and tensor when it is not there.
    const HostTensor& tensor(const std::string& file, const std::string& tensor) const;
    const HostTensor& weight(const std::string& name) const { return tensor("weights", name); }
    const HostTensor& input(const std::string& name) const { return tensor("inputs", name); }
    const HostTensor& output(const std::string& name) const { return tensor("outputs", name); }
    bool has(const std::string& file, const std::string& tensor) const;
};

// The case folders of a model, sorted; one empty path when there is none, so that its test can say "skipped".
std::vector<std::filesystem::path> golden_case_folders(const std::string& model);
GoldenCase load_golden_case(const std::filesystem::path& folder);
std::string golden_case_name(const testing::TestParamInfo<std::filesystem::path>& info);

// '*' is any run of characters, everything else itself.
bool glob_matches(std::string_view glob, std::string_view text);

// Collects comparisons of one case; on finish() (or destruction) every listed output that was not compared fails.
class Comparison {
public:
    explicit Comparison(const GoldenCase& golden);
    Comparison(const Comparison&) = delete;
    ~Comparison();

    // Compares `actual` with the output tensor `name` by the rule of case.json. Failures name case, tensor, the number
    // of elements outside the rule and the worst one.
    template <class Number>
    void check(const std::string& name, std::span<const Number> actual, const std::vector<std::int64_t>& shape) {
        if constexpr (std::is_integral_v<Number>)
            check_integers(name, {actual.begin(), actual.end()}, shape);
        else
            check_reals(name, {actual.begin(), actual.end()}, shape);
    }
    template <class Number>
    void check(const std::string& name, const std::vector<Number>& actual, const std::vector<std::int64_t>& shape) {
        if constexpr (std::is_same_v<Number, bool>)
            check_integers(name, {actual.begin(), actual.end()}, shape);
        else
            check(name, std::span<const Number>(actual), shape);
    }
    void check(const std::string& name, const HostTensor& actual);
    void check_value(const std::string& name, double actual);  // an output of one element, whatever its rank

    // For rules in words ("exact except equal distances"): the test has compared the tensor itself.
    void checked_by_test(const std::string& name);
    // An output that belongs to another room's test, with the reason for the reader.
    void leave(const std::string& glob, const std::string& reason);

    std::vector<std::string> unchecked() const;  // outputs still to compare; those with the rule "skip" are not
    void finish();

private:
    struct Rule {
        enum class Kind { exact, skip, relative, absolute, overlap, words } kind = Kind::exact;
        double bound = 0;
        enum class Scale { element, tensor, component } scale = Scale::element;
        bool log10 = false;
    };
    Rule rule_of(const std::string& name) const;
    const HostTensor* expect(const std::string& name, const std::vector<std::int64_t>& shape);
    void check_reals(const std::string& name, const std::vector<double>& actual, const std::vector<std::int64_t>& shape);
    void check_integers(const std::string& name, const std::vector<std::int64_t>& actual, const std::vector<std::int64_t>& shape);
    void check_overlap(const std::string& name, const std::vector<double>& actual, const std::vector<double>& expected, double share);
    template <class Number, class Bound>
    void report(const std::string& name, const std::vector<Number>& actual, const std::vector<Number>& expected, Bound bound);

    const GoldenCase& golden_;
    std::set<std::string> listed_, checked_;
    bool finished_ = false;
};

// A suite over the cases of a model; golden() is the case of this instance.
class GoldenTest : public testing::TestWithParam<std::filesystem::path> {
protected:
    void SetUp() override;
    const GoldenCase& golden() const { return *golden_; }

private:
    std::optional<GoldenCase> golden_;
};

}  // namespace lexicell::testing_support

#define LEXICELL_GOLDEN_CASES(Suite, model)                                                                  \
    INSTANTIATE_TEST_SUITE_P(All, Suite, testing::ValuesIn(::lexicell::testing_support::golden_case_folders(model)), \
                             ::lexicell::testing_support::golden_case_name)
