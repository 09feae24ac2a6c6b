// Runs every kept input through its target: CORPUS/<target>/*. What was once found stays found.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/fuzz.h"

namespace fs = std::filesystem;

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: kith_fuzz_tests CORPUS\n");
    return 64;
  }
  int missing = 0;
  for (const auto& target : kith::fuzz::targets()) {
    const fs::path folder = fs::path(argv[1]) / target.name;
    std::size_t count = 0;
    if (fs::is_directory(folder)) {
      for (const auto& entry : fs::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        // Before it runs: an assertion ends the program, and this line then says where it was.
        std::printf("%s\n", entry.path().c_str());
        std::fflush(stdout);
        target.run(bytes);
        ++count;
      }
    }
    std::printf("%.*s: %zu inputs\n", static_cast<int>(target.name.size()), target.name.data(),
                count);
    if (count == 0) ++missing;
  }
  if (missing > 0) std::fprintf(stderr, "%d targets have no corpus\n", missing);
  return missing == 0 && !kith::fuzz::targets().empty() ? 0 : 1;
}
