// When the client, not the server, was the limit, and what would help.
#include <doctest/doctest.h>

#include "tests/bench/report_line.h"
#include "tests/bench/sample_report.h"

namespace kith::bench {
namespace {

TEST_CASE("a client is the limit by all its threads on the cores it may use, or by one of them") {
  // Two threads that share one core: none of them is busy, and the core is full.
  const ClientUse shared{.cpu_percent = 94, .cores = 1, .busiest_thread_percent = 60};
  CHECK(shared.is_limit());
  const ClientUse roomy{.cpu_percent = 94, .cores = 2, .busiest_thread_percent = 60};
  CHECK_FALSE(roomy.is_limit());
  const ClientUse one{.cpu_percent = 94, .cores = 4, .busiest_thread_percent = 91};
  CHECK(one.is_limit());
  CHECK_FALSE(ClientUse{}.is_limit());
  Report report = sample_report();
  report.cores = 1;
  report.client_cpu_percent = 94;
  report.busiest_thread_percent = 60;
  REQUIRE(client_faults(report).size() == 1);
  CHECK(contains(client_faults(report)[0], "it used 94 % of its 1 core."));
}

TEST_CASE("more --threads are no help where the one of the requests is full, and none is advised") {
  Report report = sample_report();
  report.cores = 2;
  report.client_cpu_percent = 100;
  report.busiest_thread_percent = 96;
  report.client_threads = {{.cpu_percent = 4}, {.cpu_percent = 96, .requests = true}};
  REQUIRE(client_faults(report).size() == 1);
  CHECK(
      contains(client_faults(report)[0], "that makes its requests, not the server, was the limit"));
  CHECK(contains(client_faults(report)[0], "it used 96 % of a core"));
  CHECK_FALSE(contains(client_faults(report)[0], "Give the client more --threads"));
  Line line(report);
  CHECK_FALSE(line.flag("/client_threads/0/requests"));
  CHECK(line.flag("/client_threads/1/requests"));
  report.client_threads[1].requests = false;
  CHECK(contains(client_faults(report)[0], "Give the client more --threads"));
}

TEST_CASE("requests that found no descriptor are the client's own fault") {
  Report report = sample_report();
  report.troubles.broke = {{std::string(kOutOfDescriptors), 12}, {"End of file", 1}};
  REQUIRE(client_faults(report).size() == 1);
  CHECK(contains(client_faults(report)[0], "it was out of file descriptors 12 times"));
}

}  // namespace
}  // namespace kith::bench
