#pragma once
// Sizes that come from files are multiplied and narrowed only through these.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

namespace lexicell {

// a * b, or nothing when it does not fit.
template <class Integer>
std::optional<Integer> checked_multiply(Integer a, Integer b) {
    Integer product;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}

template <class Integer>
std::optional<Integer> checked_add(Integer a, Integer b) {
    Integer sum;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}

// The same value as another integer type, or nothing when it does not fit.
template <class To, class From>
std::optional<To> checked_cast(From value) {
    const auto cast = static_cast<To>(value);
    if (static_cast<From>(cast) != value) return std::nullopt;
    if ((cast < To{}) != (value < From{})) return std::nullopt;
    return cast;
}

}  // namespace lexicell
