#include "tests/support/broken_servers.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace kith::test {
namespace {

// Made before main(), so gone after every server that a test keeps for the whole program.
class BrokenServers {
 public:
  ~BrokenServers() {
    if (count_ == 0) return;
    std::fflush(nullptr);
    std::_Exit(1);
  }
  void add() { ++count_; }

 private:
  std::atomic<int> count_{0};
};

BrokenServers broken_servers;

constexpr std::string_view kSigns[] = {"assertion failed", "Assertion `", "Assertion '",
                                       "Sanitizer", "runtime error"};

}  // namespace

void note_broken_server(const std::string& why) {
  broken_servers.add();
  std::fprintf(stderr, "BROKEN SERVER: %s\n", why.c_str());
}

bool holds_report(std::string_view output) {
  return std::ranges::any_of(kSigns, [output](std::string_view sign) {
    return output.find(sign) != std::string_view::npos;
  });
}

}  // namespace kith::test
