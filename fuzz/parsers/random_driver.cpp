// Where there is no libFuzzer: the seeds as they are, then with random changes. Takes libFuzzer's -runs and -seed.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using lexicell::RandomStream;

void run(const std::string& bytes) { LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()); }

void change(std::string& bytes, RandomStream& random, const std::vector<std::string>& seeds) {
    const std::size_t at = bytes.empty() ? 0 : random.below(bytes.size());
    switch (random.below(6)) {
        case 0:  // a bit
            if (!bytes.empty()) bytes[at] ^= static_cast<char>(1 << random.below(8));
            break;
        case 1:  // a byte
            if (!bytes.empty()) bytes[at] = static_cast<char>(random.below(256));
            break;
        case 2:  // a byte at the edge of a number
            if (!bytes.empty()) bytes[at] = "\x00\x01\x7f\x80\xff"[random.below(5)];
            break;
        case 3:
            bytes.erase(at, 1 + random.below(8));
            break;
        case 4:
            bytes.insert(at, bytes.substr(at, 1 + random.below(8)));
            break;
        default: {  // a piece of another seed
            const std::string& other = seeds[random.below(seeds.size())];
            if (!other.empty()) bytes.insert(at, other.substr(random.below(other.size()), 1 + random.below(16)));
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> seeds;
    std::uint64_t runs = 50'000, seed = 1;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with("-runs=")) runs = std::strtoull(argv[i] + 6, nullptr, 10);
        else if (argument.starts_with("-seed=")) seed = std::strtoull(argv[i] + 6, nullptr, 10);
        else
            for (const auto& entry : std::filesystem::directory_iterator(argument)) {
                std::ifstream file(entry.path(), std::ios::binary);
                seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
            }
    }
    if (seeds.empty()) seeds.emplace_back();
    for (const std::string& bytes : seeds) run(bytes);
    RandomStream random(lexicell::random_key(seed, 0));
    for (std::uint64_t i = 0; i < runs; ++i) {
        std::string bytes = seeds[random.below(seeds.size())];
        for (std::uint64_t changes = 1 + random.below(6); changes-- > 0;) change(bytes, random, seeds);
        run(bytes);
    }
    std::printf("%llu runs of %zu seeds\n", static_cast<unsigned long long>(runs), seeds.size());
}
