// The recent window, the rate limiter and the turn's chunk, by themselves.
#include <doctest/doctest.h>

#include "engine/rate_limiter.h"
#include "engine/recent_window.h"
#include "engine/turn_chunk.h"

using namespace kith;
using namespace std::chrono_literals;

namespace {

BusEventPtr bus_event(Seq seq, EventType type = EventType::message_new, std::size_t bytes = 10) {
  auto made = std::make_shared<BusEvent>();
  made->seq = seq;
  made->event.type = type;
  made->frame = std::string(bytes, 'x');
  return made;
}

}  // namespace

TEST_CASE("the window replays what it holds without a hole, and nothing else") {
  RecentWindow window;
  CHECK_FALSE(window.covers(0, 0));
  for (Seq seq = 5; seq <= 9; ++seq) window.add(bus_event(seq));
  CHECK(window.covers(4, 9));
  CHECK(window.covers(7, 9));
  CHECK_FALSE(window.covers(3, 9));
  CHECK_FALSE(window.covers(4, 10));
  std::vector<Seq> seen;
  window.for_each_after(7, [&](const BusEvent& held) { seen.push_back(held.seq); });
  CHECK(seen == std::vector<Seq>{8, 9});
  window.add(bus_event(12));  // a hole: what was before it is worth nothing
  CHECK_FALSE(window.covers(4, 12));
  CHECK(window.covers(11, 12));
}

TEST_CASE("what was edited, deleted or hidden is not replayed from the window") {
  for (const EventType type :
       {EventType::message_update, EventType::message_delete, EventType::system_moderation}) {
    RecentWindow window;
    window.add(bus_event(1));
    window.add(bus_event(2, type));
    CHECK_FALSE(window.covers(0, 2));
    CHECK(window.bytes() == 0);
    window.add(bus_event(3));
    CHECK(window.covers(2, 3));
  }
}

TEST_CASE("older ones from the log go before the window, and what both have is there once") {
  for (const Seq first : {Seq{13}, Seq{11}, Seq{4}}) {  // behind the page, in it, before it
    RecentWindow window;
    for (Seq seq = first; seq <= 14; ++seq) window.add(bus_event(seq));
    std::vector<BusEventPtr> page;
    for (Seq seq = 5; seq <= 12; ++seq) page.push_back(bus_event(seq));
    window.put_before(page);
    CHECK(window.covers(4, 14));
    std::vector<Seq> seen;
    window.for_each_after(0, [&](const BusEvent& held) { seen.push_back(held.seq); });
    CHECK(seen == std::vector<Seq>{5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
    CHECK(window.bytes() == 100);
  }
}

TEST_CASE("the window is bounded by events and by bytes") {
  RecentWindow window;
  for (Seq seq = 1; seq <= 200; ++seq) window.add(bus_event(seq));
  CHECK_FALSE(window.covers(200 - RecentWindow::kEventsMax - 1, 200));
  CHECK(window.covers(200 - RecentWindow::kEventsMax, 200));
  for (Seq seq = 201; seq <= 220; ++seq) window.add(bus_event(seq, EventType::message_new, 10'000));
  CHECK(window.bytes() <= RecentWindow::kBytesMax);
  CHECK(window.covers(218, 220));
}

TEST_CASE("a bucket holds a minute's worth, refills evenly, and says how long to wait") {
  MinuteBucket bucket;
  SteadyTime now{1000s};
  for (int i = 0; i < 60; ++i) CHECK_FALSE(bucket.take(60, now));
  const auto wait = bucket.take(60, now);
  REQUIRE(wait);
  CHECK(*wait > 900ms);
  CHECK(*wait <= 1001ms);
  now += *wait;
  CHECK_FALSE(bucket.take(60, now));
  CHECK(bucket.take(60, now));
  now += 1h;  // never more than one minute's worth
  for (int i = 0; i < 60; ++i) CHECK_FALSE(bucket.take(60, now));
  CHECK(bucket.take(60, now));
}

TEST_CASE(
    "each user has a bucket of their own, forgotten when it is full; nothing is limited by 0") {
  RateLimiter limiter(2);
  const UserId one{Uuid{1}};
  const UserId two{Uuid{2}};
  SteadyTime now{1000s};
  CHECK_FALSE(limiter.take(one, now));
  CHECK_FALSE(limiter.take(one, now));
  CHECK(limiter.take(one, now));
  CHECK_FALSE(limiter.take(two, now));
  limiter.forget_full(now);
  CHECK(limiter.size() == 2);
  limiter.forget_full(now + 2min);
  CHECK(limiter.size() == 0);
  RateLimiter free(0);
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(free.take(one, now));
}

TEST_CASE("others are told of each fiftieth of a minute's worth, and what they tell counts") {
  RateLimiter here(600);
  RateLimiter there(600);
  const UserId user{Uuid{1}};
  SteadyTime now{1000s};
  for (int i = 0; i < 11; ++i) CHECK_FALSE(here.take(user, now));
  CHECK_FALSE(here.is_due());
  CHECK_FALSE(here.take(user, now));
  REQUIRE(here.is_due());
  const std::vector<RateLimiter::Spent> told = here.take_due();
  CHECK_FALSE(here.is_due());
  REQUIRE(told.size() == 1);
  CHECK(told[0].user == user);
  CHECK(told[0].count == 12);
  there.charge(told[0], now);
  for (int i = 0; i < 600 - 12; ++i) CHECK_FALSE(there.take(user, now));
  CHECK(there.take(user, now));
  // Whatever is told: in debt by a minute at the most.
  there.charge({.user = user, .count = 1'000'000'000}, now);
  CHECK(*there.take(user, now) > 59s);
  CHECK(*there.take(user, now) < 61s);
  CHECK_FALSE(there.take(user, now + 61s));

  RateLimiter few(10);
  CHECK_FALSE(few.take(user, now));
  CHECK(few.take_due().size() == 1);  // a fiftieth is less than one
}

TEST_CASE("a chunk knows where it begins") {
  TurnChunk chunk;
  CHECK(chunk.position_before(7) == 7);
  chunk.add("{typing}", Tier::ephemeral);
  CHECK(chunk.position_before(7) == 7);
  Segment& segment = chunk.add("{six}", Tier::durable);
  segment.seq = 6;
  chunk.add_ack(segment, "{ack}");
  chunk.add("{seven}", Tier::durable).seq = 7;
  CHECK(chunk.position_before(7) == 5);
  CHECK(chunk.frame(chunk.segments[1]) == "{six}");
  CHECK(chunk.ack(chunk.segments[1]) == "{ack}");
  chunk.clear();
  CHECK(chunk.empty());
  CHECK(chunk.uniform);
}
