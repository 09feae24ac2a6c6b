#include "engine/sequencer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

using namespace kith;

namespace {

Sequenced event(Seq seq, std::optional<SessionRef> origin = std::nullopt) {
  auto made = std::make_shared<BusEvent>();
  made->seq = seq;
  return {.event = made, .origin = origin, .ack = origin ? "ack" : ""};
}

std::vector<Seq> take_all(Sequencer& sequencer) {
  std::vector<Seq> out;
  while (auto item = sequencer.take_ready()) out.push_back(item->event->seq);
  return out;
}

}  // namespace

TEST_CASE(
    "in any order, with repeats and losses: each once, in order, up to the first that lacks") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const Seq start = random() % 5;
    const Seq count = 1 + random() % 40;
    std::vector<Seq> arriving;
    std::set<Seq> came;
    for (Seq seq = start + 1; seq <= start + count; ++seq) {
      if (random() % 12 == 0) continue;
      came.insert(seq);
      for (std::uint64_t i = 0; i <= random() % 3; ++i) arriving.push_back(seq);
    }
    std::shuffle(arriving.begin(), arriving.end(), random);
    Sequencer sequencer;
    sequencer.open(start);
    std::vector<Seq> out;
    Seq highest = start;
    for (const Seq seq : arriving) {
      Sequenced item = event(seq);
      const bool next = seq == sequencer.delivered() + 1;
      const auto verdict = sequencer.offer(item);
      highest = std::max(highest, seq);
      if (next) CHECK(verdict == Sequencer::Verdict::ready);
      for (const Seq given : take_all(sequencer)) out.push_back(given);
      const bool lacks = highest > sequencer.delivered();
      CHECK(sequencer.has_hole() == lacks);
    }
    Seq reach = start;
    while (came.contains(reach + 1)) ++reach;
    REQUIRE(out.size() == reach - start);
    for (std::size_t i = 0; i < out.size(); ++i) CHECK(out[i] == start + 1 + i);
  }
}

TEST_CASE(
    "what waits for the position to be known comes after it, what lies before is passed over") {
  Sequencer sequencer;
  for (const Seq seq : {4, 6, 3, 5}) {
    Sequenced item = event(seq, SessionRef{.slot = 1, .generation = 1});
    CHECK(sequencer.offer(item) == Sequencer::Verdict::held);
  }
  CHECK_FALSE(sequencer.take_ready());
  CHECK_FALSE(sequencer.has_hole());
  const auto passed = sequencer.open(4);
  REQUIRE(passed.size() == 2);
  CHECK(passed[0].ack == "ack");  // still to be given to whoever sent it
  CHECK(take_all(sequencer) == std::vector<Seq>{5, 6});
}

TEST_CASE("the sender's own event that was there already takes over the ack") {
  Sequencer sequencer;
  sequencer.open(0);
  Sequenced first = event(2);
  CHECK(sequencer.offer(first) == Sequencer::Verdict::held);
  Sequenced own = event(2, SessionRef{.slot = 3, .generation = 1});
  CHECK(sequencer.offer(own) == Sequencer::Verdict::repeat);
  CHECK_FALSE(own.origin);
  Sequenced missing = event(1);
  CHECK(sequencer.offer(missing) == Sequencer::Verdict::ready);
  CHECK_FALSE(sequencer.take_ready()->origin);
  CHECK(sequencer.take_ready()->ack == "ack");
}

TEST_CASE("a flood behind a hole is left to the log") {
  Sequencer sequencer;
  sequencer.open(0);
  for (Seq seq = 2; seq < 2 + Sequencer::kHeldMax; ++seq) {
    Sequenced item = event(seq);
    REQUIRE(sequencer.offer(item) == Sequencer::Verdict::held);
  }
  Sequenced further = event(5000, SessionRef{.slot = 1, .generation = 1});
  CHECK(sequencer.offer(further) == Sequencer::Verdict::overflow);
  CHECK(further.origin);  // left with the caller
  Sequenced first = event(1);
  CHECK(sequencer.offer(first) == Sequencer::Verdict::ready);
  CHECK(take_all(sequencer).size() == Sequencer::kHeldMax + 1);
  CHECK(sequencer.has_hole());
  CHECK(sequencer.drop_held().empty());
}
