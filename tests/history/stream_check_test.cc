// C4, and C1 as far as it is about who got what: what a client saw, in which order.
#include <doctest/doctest.h>

#include "tests/history/story.h"

namespace kith::test {
namespace {

Verdict stream_verdict(const Story& story) {
  Verdict verdict = story.check();
  INFO(to_text(verdict));
  return verdict;
}

Story three_sent() {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).send("ann", "two", 2).send("ann", "three", 3);
  return story;
}

TEST_CASE("C1: an acked message that never reached a client that is there at the end") {
  Story story = three_sent();
  story.deliver("bob", 1, "ann", "one").deliver("bob", 2, "ann", "two");
  SUBCASE("it is there, and lacks the last") {
    const Verdict verdict = stream_verdict(story);
    CHECK(verdict.broke_only("C1"));
    CHECK(verdict.violations.at(0).what.find("bob never got it") != std::string::npos);
  }
  SUBCASE("near miss: it got it in time") {
    story.deliver("bob", 3, "ann", "three");
    CHECK(stream_verdict(story).ok());
  }
  SUBCASE("near miss: it went before") {
    story.disconnect("bob");
    CHECK(stream_verdict(story).ok());
  }
  SUBCASE("near miss: it does not follow any more") {
    story.add({.kind = Kind::Detach, .client = "bob", .conn = 1});
    CHECK(stream_verdict(story).ok());
  }
  SUBCASE("near miss: the server announced that it would not come") {
    story.gap("bob", 3, 3);
    CHECK(stream_verdict(story).ok());
  }
  SUBCASE("near miss: its right had ended before") {
    story.add({.kind = Kind::Right, .user = "bob", .seq = 2, .change = "lost"});
    CHECK(stream_verdict(story).ok());
  }
  SUBCASE("near miss: a third began to follow later") {
    story.deliver("bob", 3, "ann", "three").connect("cat").attach("cat", 3);
    CHECK(stream_verdict(story).ok());
  }
}

TEST_CASE("C1: nor does it help that the client says that it has it") {
  Story story = three_sent();
  story.deliver("bob", 1, "ann", "one").disconnect("bob").connect("bob", 2);
  story.deliver("bob", 3, "ann", "three", 2).resume("bob", 2, 3, 2);
  CHECK(stream_verdict(story).broke_only("C1"));
}

TEST_CASE("C1: a gap that is announced excuses what it names, and nothing before") {
  Story story = three_sent();
  story.deliver("bob", 1, "ann", "one").disconnect("bob").connect("bob", 2);
  story.add({.kind = Kind::Attach, .client = "bob", .conn = 2, .seq = 3, .from = 2});
  const Verdict verdict = stream_verdict(story);
  CHECK(verdict.broke_only("C1"));
  CHECK(verdict.violations_total == 1);
}

TEST_CASE("C1: an acked edit that never reached a client that is there at the end") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
  story.invoke_change("ann", "edit", "one", "e", "uno").ok_change("ann", "edit", "e", 2);
  CHECK(stream_verdict(story).broke_only("C1"));
  story.deliver_change("bob", 2, "message.update", "one", "uno");
  CHECK(stream_verdict(story).ok());
}

TEST_CASE("C4: a later one came first") {
  Story story = three_sent();
  story.deliver("bob", 1, "ann", "one").deliver("bob", 3, "ann", "three");
  story.deliver("bob", 2, "ann", "two");
  const Verdict verdict = stream_verdict(story);
  CHECK(verdict.broke_only("C4"));
  CHECK(verdict.violations.at(0).lines == std::vector<std::uint64_t>{11, 12});
}

TEST_CASE("C4: the same one came twice on one connection") {
  Story story = three_sent();
  story.deliver("bob", 1, "ann", "one").deliver("bob", 2, "ann", "two");
  story.deliver("bob", 2, "ann", "two").deliver("bob", 3, "ann", "three");
  CHECK(stream_verdict(story).broke_only("C4"));
}

TEST_CASE("C4: one was left out, and came only with a history") {
  Story story = three_sent();
  story.deliver("bob", 1, "ann", "one");
  SUBCASE("without a word") {
    story.deliver("bob", 3, "ann", "three").ask_history("bob", "h");
    story.history("bob", "h", {Story::entry(2, "ann", "two"), Story::entry(3, "ann", "three")}, 2);
    CHECK(stream_verdict(story).broke_only("C4"));
  }
  SUBCASE("near miss: announced") {
    story.gap("bob", 2, 2).deliver("bob", 3, "ann", "three");
    CHECK(stream_verdict(story).ok());
  }
  SUBCASE("near miss: announced by a new `subscribed`") {
    story.add({.kind = Kind::Attach, .client = "bob", .conn = 1, .seq = 3});
    CHECK(stream_verdict(story).ok());
  }
}

TEST_CASE("C4: a resume gets what it missed, from the next one to the head") {
  Story story = three_sent();
  story.deliver("bob", 1, "ann", "one").disconnect("bob").connect("bob", 2);
  SUBCASE("near miss: all of it") {
    story.deliver("bob", 2, "ann", "two", 2).deliver("bob", 3, "ann", "three", 2);
    story.resume("bob", 1, 3, 2);
    CHECK(stream_verdict(story).ok());
  }
  SUBCASE("near miss: more than all of it, since it asked from further back") {
    story.deliver("bob", 1, "ann", "one", 2).deliver("bob", 2, "ann", "two", 2);
    story.deliver("bob", 3, "ann", "three", 2).resume("bob", 0, 3, 2);
    CHECK(stream_verdict(story).ok());
  }
  SUBCASE("near miss: it is told that it can not have it") {
    story.add({.kind = Kind::Attach, .client = "bob", .conn = 2, .seq = 3, .from = 1});
    CHECK(stream_verdict(story).ok());
  }
  SUBCASE("the last one is missing, and comes after `subscribed`") {
    story.deliver("bob", 2, "ann", "two", 2).resume("bob", 1, 3, 2);
    story.deliver("bob", 3, "ann", "three", 2);
    CHECK(stream_verdict(story).broke_only("C4"));
  }
  SUBCASE("the first one is missing") {
    story.deliver("bob", 3, "ann", "three", 2).resume("bob", 1, 3, 2);
    CHECK(stream_verdict(story).broke("C4"));
    CHECK(stream_verdict(story).broke("C1"));
  }
  SUBCASE("nothing came, and it is said to be recovered") {
    story.resume("bob", 1, 3, 2);
    CHECK(stream_verdict(story).broke("C4"));
  }
  SUBCASE("in another order") {
    story.deliver("bob", 3, "ann", "three", 2).deliver("bob", 2, "ann", "two", 2);
    story.resume("bob", 1, 3, 2);
    CHECK(stream_verdict(story).broke_only("C4"));
  }
}

TEST_CASE("C4, near misses: one's own messages come as acks, and sometimes as events besides") {
  Story story = ann_and_bob();
  SUBCASE("in place") {
    story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
    story.send("bob", "two", 2).deliver("ann", 2, "bob", "two");
  }
  SUBCASE("the ack was outside of the stream after all") {
    story.send("ann", "one", 1).deliver("ann", 1, "ann", "one").deliver("bob", 1, "ann", "one");
  }
  SUBCASE("the ack is ahead of the stream") {
    story.invoke("bob", "two").send("ann", "one", 1).ok("bob", "two", 2);
    story.deliver("bob", 1, "ann", "one").deliver("bob", 2, "bob", "two");
    story.deliver("ann", 2, "bob", "two");
  }
  SUBCASE("an operation that is no message") {
    story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
    story.invoke_change("ann", "react", "one", "r").ok_change("ann", "react", "r", 2);
    story.deliver_change("bob", 2, "reaction.add", "one");
    story.send("ann", "three", 3).deliver("bob", 3, "ann", "three");
  }
  CHECK(stream_verdict(story).ok());
}

TEST_CASE("C4: but an event that came as an ack comes once besides, not twice") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
  story.deliver("ann", 1, "ann", "one").deliver("ann", 1, "ann", "one");
  CHECK(stream_verdict(story).broke_only("C4"));
}

TEST_CASE("C4, near miss: subscribing again replaces, and replays from there") {
  Story story = three_sent();
  story.deliver("bob", 1, "ann", "one").deliver("bob", 2, "ann", "two");
  story.add({.kind = Kind::Invoke, .client = "bob", .op = "subscribe", .op_id = "s", .from = 1});
  story.deliver("bob", 3, "ann", "three");  // still of the old subscription
  story.deliver("bob", 2, "ann", "two").deliver("bob", 3, "ann", "three").resume("bob", 1, 3, 1);
  CHECK(stream_verdict(story).ok());
}

}  // namespace
}  // namespace kith::test
