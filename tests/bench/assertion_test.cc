#include "bench/assertion.h"

#include <doctest/doctest.h>

#include "tests/bench/sample_report.h"

namespace kith::bench {
namespace {

std::optional<std::string> checked(std::string_view text, const Report& report) {
  const auto assertion = parse_assertion(text);
  REQUIRE_MESSAGE(assertion.ok(), text);
  return check(assertion.value(), json(report));
}

bool holds(std::string_view text, const Report& report = sample_report()) {
  return !checked(text, report).has_value();
}

TEST_CASE("every comparison is right on both sides of its limit and on it") {
  struct Row {
    std::string_view sign;
    bool below;
    bool equal;
    bool above;
  };
  // `connections` is 40.
  for (const Row& row :
       {Row{"<", true, false, false}, Row{"<=", true, true, false}, Row{">", false, false, true},
        Row{">=", false, true, true}, Row{"=", false, true, false}, Row{"==", false, true, false},
        Row{"!=", true, false, true}}) {
    CAPTURE(row.sign);
    const auto with = [&](std::string_view limit) {
      return "connections" + std::string(row.sign) + std::string(limit);
    };
    CHECK(holds(with("41")) == row.below);
    CHECK(holds(with("40")) == row.equal);
    CHECK(holds(with("39.5")) == row.above);
  }
}

TEST_CASE("names are paths of the JSON line") {
  CHECK(holds("server.cpu_s<0.58"));
  CHECK_FALSE(holds("server.cpu_s<0.57"));
  CHECK(holds("figures.caught_up_s=1.25"));
  CHECK(holds("lost=0"));
  CHECK(holds("ok=1"));
  CHECK(holds("  delivery_ms.p99   <=  10 "));
  CHECK(holds("sent >= 3e2"));
}

TEST_CASE("an alias means the delivery where there is one, and else the ack") {
  // Deliveries take ten times as long as acks.
  CHECK_FALSE(holds("p50_ms<4"));
  CHECK(holds("delivery_p50_ms>4"));
  CHECK(holds("ack_p50_ms<1"));
  CHECK(holds("ack_max_ms=1"));
  CHECK(holds("max_ms=10"));
  CHECK(holds("p999_ms>9"));
  Report acks_only = sample_report();
  acks_only.delivered = 0;
  acks_only.delivery.clear();
  CHECK(holds("p50_ms<1", acks_only));
  CHECK(holds("max_ms=1", acks_only));
}

TEST_CASE("a failure says what was measured") {
  CHECK(*checked("lost>=2", sample_report()) == "lost>=2: lost is 0");
  const std::string aliased = *checked("p99_ms < 5", sample_report());
  CHECK(aliased.starts_with("p99_ms < 5: delivery_ms.p99 is 9.9"));
}

TEST_CASE("what was not measured holds nothing") {
  Report acks_only = sample_report();
  acks_only.delivered = 0;
  acks_only.delivery.clear();
  CHECK(*checked("delivery_p99_ms<1000", acks_only) ==
        "delivery_p99_ms<1000: nothing was measured for delivery_ms.p99");
  CHECK(*checked("p99_ms<1", Report{}) == "p99_ms<1: nothing was measured for ack_ms.p99");
}

TEST_CASE("an unknown name fails and is told the close ones") {
  const auto listed = [](std::string_view text, std::string_view name) {
    return checked(text, sample_report())->find(name) != std::string::npos;
  };
  CHECK(listed("p98_ms<5", "p99_ms"));
  CHECK(listed("cpu_s<5", "server.cpu_s"));
  CHECK(listed("delivery_ms.p9<5", "delivery_ms.p99"));
  CHECK(listed("caught_up<5", "figures.caught_up_s"));
  CHECK(listed("conections=40", "did you mean connections"));
  CHECK(*checked("zzzzzz<5", sample_report()) ==
        "zzzzzz<5: this report has no zzzzzz; the names are those of its JSON line");
  CHECK(listed("scenario=1", "has no scenario"));
}

TEST_CASE("a name that a scenario will not have is refused before it runs") {
  const auto refused = [](std::string_view text, std::string_view scenario, bool server) {
    const auto assertion = parse_assertion(text);
    REQUIRE(assertion.ok());
    const auto known = names_a_figure(
        assertion.value(),
        json(blank_report(scenario, ActionMix(), {.server_processes = server ? 1U : 0U})));
    return known.ok() ? std::string() : known.error().message;
  };
  for (const std::string_view good : {"p99_ms<5", "ack_p50_ms<5", "lost=0", "not_come=0",
                                      "delivery_ms.p99<1", "client_cpu_percent<90", "ok=1"}) {
    CHECK(refused(good, "rooms", false) == "");
  }
  CHECK(refused("p98_ms<5", "rooms", false).find("p99_ms") != std::string::npos);
  CHECK(refused("figures.caught_up_s<5", "storm", false) == "");
  CHECK(refused("figures.caught_up_s<5", "rooms", false) != "");
  CHECK(refused("verified>0", "sends", false) == "");
  CHECK(refused("server.cpu_s<5", "rooms", true) == "");
  CHECK(refused("server.cpu_s<5", "rooms", false).find("--server-pid") != std::string::npos);
}

TEST_CASE("syntax is refused before anything runs") {
  for (const std::string_view text : {"", "p99_ms", "<5", "p99_ms<", "p99_ms<5ms", "p99_ms<five",
                                      "p99_ms=>5", "p99_ms<>5", "p99_ms!5", "p99_ms=!5", "p99 ms<5",
                                      "p99_ms<5<6", "p99_ms<nan", "p99_ms<inf", "p99_ms< 5 6"}) {
    CAPTURE(text);
    const auto assertion = parse_assertion(text);
    REQUIRE_FALSE(assertion.ok());
    CHECK(assertion.error().message.find("p99_ms<50") != std::string::npos);  // an example
  }
  const auto good = parse_assertion(" client_cpu_percent<90 ");
  REQUIRE(good.ok());
  CHECK(good->text == "client_cpu_percent<90");
  CHECK(good->name == "client_cpu_percent");
  CHECK(good->limit == 90);
}

TEST_CASE("a report that is no JSON fails rather than passes") {
  const auto assertion = parse_assertion("lost=0");
  REQUIRE(assertion.ok());
  CHECK(check(assertion.value(), "{").has_value());
  CHECK(check(assertion.value(), "[1]").has_value());
}

}  // namespace
}  // namespace kith::bench
