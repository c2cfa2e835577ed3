#include "lexicell/io/host_tensor.h"

#include <bit>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "lexicell/base/checked.h"
#include "lexicell/base/error.h"

namespace lexicell {

static_assert(std::endian::native == std::endian::little, "tensors are little-endian on disk and in memory");

namespace {

struct Half { std::uint16_t bits; };
struct Bfloat { std::uint16_t bits; };

double real(Bfloat value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16); }

double real(Half value) {
    const int exponent = value.bits >> 10 & 31, fraction = value.bits & 1023;
    const double sign = value.bits >> 15 ? -1 : 1;
    if (exponent == 31) return fraction ? std::nan("") : sign * HUGE_VAL;
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(1024 + fraction, exponent - 25);
}

template <class Number>
double real(Number value) { return static_cast<double>(value); }

// Calls visit(Stored{}) with the C++ type of a dtype.
template <class Visit>
auto with_type(std::string_view dtype, Visit visit) {
    if (dtype == "F64") return visit(double{});
    if (dtype == "F32") return visit(float{});
    if (dtype == "F16") return visit(Half{});
    if (dtype == "BF16") return visit(Bfloat{});
    if (dtype == "I64") return visit(std::int64_t{});
    if (dtype == "I32") return visit(std::int32_t{});
    if (dtype == "I16") return visit(std::int16_t{});
    if (dtype == "I8") return visit(std::int8_t{});
    if (dtype == "U64") return visit(std::uint64_t{});
    if (dtype == "U32") return visit(std::uint32_t{});
    if (dtype == "U16") return visit(std::uint16_t{});
    if (dtype == "U8") return visit(std::uint8_t{});
    LEXICELL_ASSERT(dtype == "BOOL", fmt::format("a tensor of dtype '{}'", dtype));
    return visit(bool{});
}

template <class Stored>
Stored element(const HostTensor& tensor, std::int64_t i) {
    if constexpr (std::is_same_v<Stored, bool>) {
        return tensor.bytes[i] != std::byte{0};
    } else {
        Stored value;
        std::memcpy(&value, tensor.bytes.data() + i * sizeof(Stored), sizeof(Stored));
        return value;
    }
}

void check_size(const HostTensor& tensor) {
    LEXICELL_ASSERT(tensor.bytes.size() == static_cast<std::size_t>(tensor.elements()) * dtype_size(tensor.dtype),
                    "a tensor's bytes do not fit its shape");
}

template <class Number>
std::vector<Number> convert(const HostTensor& tensor) {
    check_size(tensor);
    std::vector<Number> values(static_cast<std::size_t>(tensor.elements()));
    with_type(tensor.dtype, [&](auto kind) {
        using Stored = decltype(kind);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Number>(real(element<Stored>(tensor, i)));
    });
    return values;
}

template <class Number>
HostTensor make(const char* dtype, std::span<const Number> values, std::vector<std::int64_t> shape) {
    HostTensor tensor{dtype, std::move(shape), {}};
    const auto bytes = std::as_bytes(values);
    tensor.bytes.assign(bytes.begin(), bytes.end());
    check_size(tensor);
    return tensor;
}

}  // namespace

std::size_t dtype_size(std::string_view dtype) {
    if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
    if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
    if (dtype == "F16" || dtype == "BF16" || dtype == "I16" || dtype == "U16") return 2;
    if (dtype == "I8" || dtype == "U8" || dtype == "BOOL") return 1;
    return 0;
}

bool is_real_dtype(std::string_view dtype) {
    return dtype == "F64" || dtype == "F32" || dtype == "F16" || dtype == "BF16";
}

std::optional<std::int64_t> checked_elements(std::span<const std::int64_t> shape) {
    // A zero anywhere makes the product zero, but the other sizes must still be sensible.
    std::optional<std::int64_t> product = 1;
    for (const std::int64_t size : shape) {
        if (size < 0) return std::nullopt;
        product = checked_multiply(*product, size);
        if (!product) return std::nullopt;
    }
    return product;
}

std::int64_t HostTensor::elements() const {
    const auto count = checked_elements(shape);
    LEXICELL_ASSERT(count, "a tensor's shape overflows");
    return *count;
}

std::optional<std::int64_t> first_nonfinite(const HostTensor& tensor) {
    if (!is_real_dtype(tensor.dtype)) return std::nullopt;
    check_size(tensor);
    return with_type(tensor.dtype, [&](auto kind) -> std::optional<std::int64_t> {
        using Stored = decltype(kind);
        const std::int64_t size = tensor.elements();
        for (std::int64_t i = 0; i < size; ++i)
            if (!std::isfinite(real(element<Stored>(tensor, i)))) return i;
        return std::nullopt;
    });
}

std::vector<float> HostTensor::to_float() const { return convert<float>(*this); }
std::vector<double> HostTensor::to_double() const { return convert<double>(*this); }

std::vector<std::int64_t> HostTensor::to_int64() const {
    check_size(*this);
    std::vector<std::int64_t> values(static_cast<std::size_t>(elements()));
    with_type(dtype, [&](auto kind) {
        using Stored = decltype(kind);
        if constexpr (std::is_integral_v<Stored>) {
            for (std::size_t i = 0; i < values.size(); ++i) {
                const auto value = checked_cast<std::int64_t>(element<Stored>(*this, i));
                if (!value)
                    throw Error(ErrorKind::model, {.type = "integer-too-large", .message = "an integer does not fit 63 bits"});
                values[i] = *value;
            }
        } else {
            throw Error(ErrorKind::model, {.type = "tensor-dtype", .message = "integers are needed here", .found = dtype,
                                           .expected = "an integer tensor"});
        }
    });
    return values;
}

HostTensor HostTensor::of(std::span<const float> values, std::vector<std::int64_t> shape) {
    return make("F32", values, std::move(shape));
}
HostTensor HostTensor::of(std::span<const double> values, std::vector<std::int64_t> shape) {
    return make("F64", values, std::move(shape));
}
HostTensor HostTensor::of(std::span<const std::int64_t> values, std::vector<std::int64_t> shape) {
    return make("I64", values, std::move(shape));
}
HostTensor HostTensor::of(std::span<const std::uint8_t> values, std::vector<std::int64_t> shape) {
    return make("U8", values, std::move(shape));
}

}  // namespace lexicell
