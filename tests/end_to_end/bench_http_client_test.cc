// What the thread of kith-bench that makes its requests says of itself, and what it needs.
#include "tests/support/bench_run.h"

namespace kith::test {
namespace {

BenchTown& askers() {
  static BenchTown town({.users = 20, .rooms = 2, .members = 10}, {"shards=1"});
  return town;
}

TEST_CASE("the thread of the requests is measured as those of the sockets are") {
  const Output output = run(askers().command(
      "crud", {"--closed", "--duration", "1", "--threads", "2", "--mix", "get_user=1"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["threads"].number() == 3);
  const Json threads = result["client_threads"];
  REQUIRE(threads.size() == 3);
  CHECK_FALSE(threads[0]["requests"].flag());
  CHECK(threads[2]["requests"].flag());
  // It does all the work; who follows the clubs has nothing to do.
  CHECK(threads[2]["cpu_percent"].real() > threads[0]["cpu_percent"].real());
  CHECK(threads[2]["cpu_percent"].real() > threads[1]["cpu_percent"].real());
  CHECK(result["client_busiest_thread_percent"].real() == threads[2]["cpu_percent"].real());
  CHECK(threads[2]["longest_pause_ms"].real() >= 0);
}

TEST_CASE("connections of requests are descriptors, too: the limit is raised for them") {
  auto command = askers().command(
      "crud", {"--closed", "--duration", "1", "--http-connections", "200", "--mix", "get_user=1"});
  command.insert(command.begin(), {"/bin/sh", "-c", "ulimit -S -n 120 && exec \"$@\"", "sh"});
  const Output output = run(command);
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["acked"].number() >= 200);
  CHECK_FALSE(says(result["troubles"].dump(), "descriptors"));
  CHECK_FALSE(says(output.out, "Too many open files"));
}

}  // namespace
}  // namespace kith::test
