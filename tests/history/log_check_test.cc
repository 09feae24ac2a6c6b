// C1 and C3: what stands in the log at the end.
#include <doctest/doctest.h>

#include "tests/history/story.h"

namespace kith::test {
namespace {

Verdict log_verdict(const Story& story) {
  Verdict verdict = story.check();
  INFO(to_text(verdict));
  return verdict;
}

TEST_CASE("C1: an acked message that is not in the log is lost") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).send("ann", "two", 2);
  story.deliver("bob", 1, "ann", "one").deliver("bob", 2, "ann", "two");
  story.final({Story::entry(1, "ann", "one")});
  const Verdict verdict = log_verdict(story);
  CHECK(verdict.broke_only("C1"));
  CHECK(verdict.violations.at(0).lines == std::vector<std::uint64_t>{8});  // the ack
}

TEST_CASE("C1: an acked edit that is not in the log is lost") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
  story.invoke_change("ann", "edit", "one", "e1", "uno").ok_change("ann", "edit", "e1", 2);
  SUBCASE("its number") {
    story.final({Story::entry(1, "ann", "one")});
    CHECK(log_verdict(story).broke_only("C1"));
  }
  SUBCASE("its content") {
    story.final_messages({Story::entry(1, "ann", "one")});
    CHECK(log_verdict(story).broke_only("C1"));
  }
  SUBCASE("near miss: it is there") {
    story.deliver_change("bob", 2, "message.update", "one", "uno");
    story.final_messages({Story::edited(Story::entry(1, "ann", "one"), "uno")});
    CHECK(log_verdict(story).ok());
  }
}

TEST_CASE("C1, near misses: what was not acked may be there or not") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
  story.invoke("ann", "two");
  SUBCASE("refused") {
    story.fail("ann", "two").final({Story::entry(1, "ann", "one")});
  }
  SUBCASE("unknown, absent") {
    story.unknown("ann", "two").final({Story::entry(1, "ann", "one")});
  }
  SUBCASE("unknown, present") {
    story.unknown("ann", "two").deliver("bob", 2, "ann", "two");
    story.final({Story::entry(1, "ann", "one"), Story::entry(2, "ann", "two")});
  }
  SUBCASE("never answered, absent") {
    story.final({Story::entry(1, "ann", "one")});
  }
  SUBCASE("never answered, present, though nobody had seen it") {
    story.final({Story::entry(1, "ann", "one"), Story::entry(2, "ann", "two")});
  }
  CHECK(log_verdict(story).ok());
}

TEST_CASE("C1, near miss: pages of a log that do not speak of a number say nothing of it") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
  story.send("ann", "two", 2).deliver("bob", 2, "ann", "two");
  story.add({.kind = Kind::Final, .from = 1, .to = 1, .entries = {Story::entry(1, "ann", "one")}});
  CHECK(log_verdict(story).ok());
  story.add({.kind = Kind::Final, .from = 2});
  CHECK(log_verdict(story).broke_only("C1"));
}

TEST_CASE("C3: a number that is not in the log is a hole") {
  Story story;
  story.send("ann", "one", 1).send("ann", "three", 3);
  story.final({Story::entry(1, "ann", "one"), Story::entry(3, "ann", "three")});
  const Verdict verdict = log_verdict(story);
  CHECK(verdict.broke_only("C3"));
  CHECK(verdict.violations.at(0).what.find("#2 is a hole") != std::string::npos);
}

TEST_CASE("C3: a number that stands twice in the log") {
  Story story;
  story.send("ann", "one", 1).invoke_change("ann", "react", "one", "r1");
  story.final({Story::entry(1, "ann", "one"), Story::event(2, "reaction.add", "one"),
               Story::event(2, "reaction.add", "one")});
  CHECK(log_verdict(story).broke_only("C3"));
}

TEST_CASE("C3, where only messages are read: a number that nobody knows is a hole") {
  Story story;
  story.send("ann", "one", 1).send("ann", "four", 4);
  story.invoke_change("bob", "react", "one", "r1").ok_change("bob", "react", "r1", 2);
  story.invoke_change("bob", "react", "one", "r2");
  const auto final = [&] {
    story.final_messages({Story::entry(1, "ann", "one"), Story::entry(4, "ann", "four")});
    return log_verdict(story);
  };
  SUBCASE("refused: it can not have taken the number") {
    story.fail("bob", "r2");
    CHECK(final().broke_only("C3"));
  }
  SUBCASE("near miss: unknown, so that may be it") {
    CHECK(final().ok());
  }
  SUBCASE("near miss: somebody saw what it is") {
    story.fail("bob", "r2").connect("bob").attach("bob", 2);
    story.deliver_change("bob", 3, "reaction.add", "one").deliver("bob", 4, "ann", "four");
    CHECK(final().ok());
  }
}

TEST_CASE("what stood in the log before the run is not judged") {
  Story story;
  story.add({.kind = Kind::Begin, .seq = 7});
  story.connect("bob").attach("bob", 7).send("ann", "eight", 8).deliver("bob", 8, "ann", "eight");
  story.final({Story::entry(6, "eve", "long ago"), Story::entry(8, "ann", "eight")});
  CHECK(log_verdict(story).ok());
}

}  // namespace
}  // namespace kith::test
