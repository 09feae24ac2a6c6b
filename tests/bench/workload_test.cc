// What the load is made of: shares of sizes and of commands, and when each item is due.
#include "bench/workload.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

namespace kith::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::uint64_t kDraws = 100'000;

double seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::map<std::size_t, double> shares(const PayloadSizes& sizes) {
  std::map<std::size_t, double> out;
  for (std::uint64_t i = 0; i < kDraws; ++i) out[sizes.pick(mix_bits(i))] += 1.0 / kDraws;
  return out;
}

std::map<Action, double> shares(const ActionMix& mix) {
  std::map<Action, double> out;
  for (std::uint64_t i = 0; i < kDraws; ++i) out[mix.pick(mix_bits(i))] += 1.0 / kDraws;
  return out;
}

TEST_CASE("one size is that size every time") {
  const auto parsed = PayloadSizes::parse("128");
  REQUIRE(parsed);
  CHECK(shares(parsed.value()) == shares(PayloadSizes(128)));
  CHECK(shares(parsed.value()).size() == 1);
  CHECK(parsed->pick(7) == 128);
}

TEST_CASE("sizes come in the shares that were asked for") {
  const auto parsed = PayloadSizes::parse("64:90,1024:9,16000:1");
  REQUIRE(parsed);
  auto found = shares(parsed.value());
  CHECK(found.size() == 3);
  CHECK(found[64] == doctest::Approx(0.90).epsilon(0.01));
  CHECK(found[1024] == doctest::Approx(0.09).epsilon(0.05));
  CHECK(found[16000] == doctest::Approx(0.01).epsilon(0.15));
}

TEST_CASE("sizes without a weight weigh one") {
  const auto parsed = PayloadSizes::parse("32,32000:3");
  REQUIRE(parsed);
  auto found = shares(parsed.value());
  CHECK(found[32] == doctest::Approx(0.25).epsilon(0.03));
  CHECK(found[32000] == doctest::Approx(0.75).epsilon(0.03));
}

TEST_CASE("what is no mix of sizes is refused, and the item named") {
  for (const char* text : {"", "31", "32001", "64:0", "64:", "x", "-64", "64:90,12:1", "64:-1",
                           "64.5", "99999999999", "64:90;128:10", ",64", "64,,128"}) {
    CAPTURE(text);
    const auto parsed = PayloadSizes::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.starts_with("--payload: "));
  }
  const auto wrong = PayloadSizes::parse("64:90,12:1");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find("'12:1'") != std::string::npos);
}

TEST_CASE("actions come in the shares that were asked for") {
  const auto parsed = ActionMix::parse("send=80,edit=5,typing=10,read=3,react=2");
  REQUIRE(parsed);
  CHECK_FALSE(parsed->only_sends());
  auto found = shares(parsed.value());
  CHECK(found[Action::send] == doctest::Approx(0.80).epsilon(0.01));
  CHECK(found[Action::edit] == doctest::Approx(0.05).epsilon(0.05));
  CHECK(found[Action::typing] == doctest::Approx(0.10).epsilon(0.05));
  CHECK(found[Action::read] == doctest::Approx(0.03).epsilon(0.08));
  CHECK(found[Action::react] == doctest::Approx(0.02).epsilon(0.10));
}

TEST_CASE("what is not named does not happen") {
  const auto parsed = ActionMix::parse("typing=1,send=1");
  REQUIRE(parsed);
  auto found = shares(parsed.value());
  CHECK(found.size() == 2);
  CHECK(found[Action::send] == doctest::Approx(0.5).epsilon(0.02));
  CHECK(ActionMix().only_sends());
  CHECK(ActionMix::parse("send=7,edit=0")->only_sends());
  CHECK(shares(ActionMix()).size() == 1);
}

TEST_CASE("what is no mix of actions is refused, and the item named") {
  for (const char* text :
       {"", "send", "send=", "send=x", "sends=1", "typing=1", "send=0", "send=80;edit=5",
        "send=80,leave=1", "send=-1", "send=2000000", ",send=1", "send=1,,edit=1"}) {
    CAPTURE(text);
    const auto parsed = ActionMix::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.starts_with("--mix: "));
  }
  const auto wrong = ActionMix::parse("send=80,leave=1");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find("'leave=1'") != std::string::npos);
}

// Everything that any schedule keeps to.
void check_schedule(const OpenLoop& loop) {
  const std::uint64_t count = loop.count();
  nanoseconds last{-1};
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto due = loop.due(i);
    REQUIRE(due > last);
    REQUIRE(due >= 0ns);
    REQUIRE(due <= loop.duration);
    last = due;
  }
  // One more would be at the end, give or take one.
  const double step = 1 / loop.per_second;
  CHECK(seconds(loop.due(count)) >= seconds(loop.duration) - step);
  CHECK(seconds(loop.due(count)) <= seconds(loop.duration) + step);
}

TEST_CASE("an even schedule: rate times duration, evenly spaced") {
  const OpenLoop loop{.per_second = 1000, .duration = 10s};
  CHECK(loop.count() == 10'000);
  CHECK(loop.due(0) == 0ns);
  CHECK(seconds(loop.due(1)) == doctest::Approx(0.001));
  CHECK(seconds(loop.due(9'999)) == doctest::Approx(9.999));
  check_schedule(loop);
}

TEST_CASE("a ramp leaves out half of what its time would have held") {
  const OpenLoop loop{.per_second = 1000, .duration = 10s, .ramp = 4s};
  CHECK(loop.count() == 8'000);
  check_schedule(loop);
  // Half way up the ramp a quarter of the ramp's items is due.
  CHECK(seconds(loop.due(500)) == doctest::Approx(2.0));
  CHECK(seconds(loop.due(2'000)) == doctest::Approx(4.0));
  // Behind it the rate is the full one.
  CHECK(seconds(loop.due(3'000) - loop.due(2'999)) == doctest::Approx(0.001));
}

TEST_CASE("a ramp that is as long as the run, or longer") {
  const OpenLoop whole{.per_second = 500, .duration = 8s, .ramp = 8s};
  CHECK(whole.count() == 2'000);
  check_schedule(whole);
  const OpenLoop cut{.per_second = 500, .duration = 4s, .ramp = 8s};  // gets to half the rate
  CHECK(cut.count() == 500);
  check_schedule(cut);
}

TEST_CASE("a slow schedule is not rounded away") {
  const OpenLoop slow{.per_second = 0.5, .duration = 10s};
  CHECK(slow.count() == 5);
  CHECK(seconds(slow.due(3)) == doctest::Approx(6.0));
  CHECK(OpenLoop{}.count() == 0);
}

TEST_CASE("mixed bits are the same in every thread, and far apart for neighbours") {
  CHECK(mix_bits(0) == 0xE220A8397B1DCDAFU);  // the reference's first number for the seed 0
  CHECK(mix_bits(1) == mix_bits(1));
  std::set<std::uint64_t> low_bits;
  for (std::uint64_t i = 0; i < 1'000; ++i) low_bits.insert(mix_bits(i) % 1'000'003);
  CHECK(low_bits.size() > 990);
}

TEST_CASE("no source address gets more connections than it has ports") {
  std::map<std::uint32_t, std::size_t> connections;
  for (std::size_t number = 0; number < 100'000; ++number) ++connections[source_address(number)];
  CHECK(connections.size() > 100'000 / 28'000);
  for (const auto& [address, count] : connections) {
    CHECK((address >> 24U) == 127);
    CHECK(count < 28'000 / 2);
  }
  CHECK(connections.begin()->first == 0x7F000001);
}

}  // namespace
}  // namespace kith::bench
