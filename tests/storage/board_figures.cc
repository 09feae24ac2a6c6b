// One's own rank among a thousand, a hundred thousand and a million, as a shard asks the store for
// it: there and back, with the board's total and the entry at that rank. Prints a table, and takes
// a minute or two, so it is run when asked for:
//
//   build/kith_storage_tests --no-skip --test-case="figures: *"
#include <algorithm>
#include <cstdio>
#include <random>

#include "tests/storage/board_fixture.h"

namespace kith {
namespace {

constexpr int kLooks = 2'000;
}  // namespace

TEST_CASE_TEMPLATE("figures: one's own rank" * doctest::skip(), Adapter, SQL_STORES) {
  std::printf("%10s %10s %10s %10s\n", "users", "p50 us", "p99 us", "max us");
  for (const std::int64_t users : {1'000, 100'000, 1'000'000}) {
    BoardFixture fixture(Adapter::kUrl, 1);
    const std::vector<UserKey> keys = fixture.fill(users);
    std::mt19937_64 random(7);
    std::vector<double> took_us;
    for (int i = 0; i < kLooks + 100; ++i) {
      const Actor reader{.key = keys[random() % keys.size()], .now = kNoon};
      const auto begun = std::chrono::steady_clock::now();
      const auto page = fixture.store->await<BoardPage>([&](Callback<BoardPage> done) {
        fixture.boards().page(reader, {.around_me = true, .limit = 1}, std::move(done));
      });
      const std::chrono::duration<double, std::micro> took =
          std::chrono::steady_clock::now() - begun;
      REQUIRE(page.ok());
      REQUIRE(page->entries.size() == 1);
      CHECK(page->me->rank == page->entries.front().rank);
      if (i >= 100) took_us.push_back(took.count());
    }
    std::ranges::sort(took_us);
    std::printf("%10lld %10.0f %10.0f %10.0f  %s\n", static_cast<long long>(users),
                took_us[kLooks / 2], took_us[kLooks * 99 / 100], took_us.back(), Adapter::kUrl);
  }
}

}  // namespace kith
