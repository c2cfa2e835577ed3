#pragma once
#include <cstdint>
#include <string_view>

#include "lexicell/base/error.h"

// Runs a parser on hostile bytes: it may refuse them as unreadable, nothing else may happen.
template <class Parse>
int refusal_is_fine(const std::uint8_t* data, std::size_t size, Parse parse) {
    try {
        parse(std::string_view(reinterpret_cast<const char*>(data), size));
    } catch (const lexicell::Error& error) {
        if (error.kind() != lexicell::ErrorKind::unreadable && error.kind() != lexicell::ErrorKind::precondition) __builtin_trap();
    }
    return 0;
}
