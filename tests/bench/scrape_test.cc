// One number out of a text in the Prometheus format.
#include "bench/scrape.h"

#include <doctest/doctest.h>

namespace kith::bench {
namespace {

constexpr std::string_view kText =
    "# HELP kith_store_reads_total Queries.\n"
    "# TYPE kith_store_reads_total counter\n"
    "kith_store_reads_total{shard=\"0\"} 3\n"
    "kith_store_reads_total{shard=\"1\",kind=\"a b\"} 4\n"
    "kith_store_reads_total_seconds 99\n"
    "kith_store_reads 1000\n"
    "other_kith_store_reads_total 500\n"
    "kith_connections 12\n"
    "kith_lag_seconds 2.5e-3\n"
    "kith_last 7";

TEST_CASE("the values of all label sets are added up") {
  CHECK(sum_of_metric(kText, "kith_store_reads_total") == 7);
}

TEST_CASE("a metric without labels, an exponent, and the last line without its end") {
  CHECK(sum_of_metric(kText, "kith_connections") == 12);
  CHECK(sum_of_metric(kText, "kith_lag_seconds") == 0.0025);
  CHECK(sum_of_metric(kText, "kith_last") == 7);
}

TEST_CASE("names that begin alike are not mixed up") {
  CHECK(sum_of_metric(kText, "kith_store_reads") == 1000);
  CHECK(sum_of_metric(kText, "kith_store_reads_total_seconds") == 99);
  CHECK_FALSE(sum_of_metric(kText, "kith_store"));
}

TEST_CASE("what is not there is nothing, and not 0") {
  CHECK_FALSE(sum_of_metric(kText, "kith_nothing"));
  CHECK_FALSE(sum_of_metric("", "kith_connections"));
  CHECK_FALSE(sum_of_metric("\n\n", "kith_connections"));
  CHECK(sum_of_metric("x 0\n", "x") == 0);
}

}  // namespace
}  // namespace kith::bench
