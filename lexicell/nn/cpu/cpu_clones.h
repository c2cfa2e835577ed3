#pragma once
// Marks a plain loop function that the compiler should build for several instruction sets; the loader picks one. The
// binary stays portable and the loop gets the widest vectors of the machine. Off under sanitizers, which run before the
// loader's choice.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define LEXICELL_CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LEXICELL_CPU_CLONES
#endif
