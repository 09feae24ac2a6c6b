// C10, C11, C14, C15 and C16: rights, presence, and the server as it is seen from outside.
#include <doctest/doctest.h>

#include "tests/history/story.h"

namespace kith::test {
namespace {

Verdict surroundings_verdict(const Story& story) {
  Verdict verdict = story.check();
  INFO(to_text(verdict));
  return verdict;
}

Record right(const std::string& change, std::uint64_t seq) {
  return {.kind = Kind::Right, .user = "bob", .seq = seq, .change = change};
}

Record ephemeral(const std::string& client, const std::string& event, const std::string& user) {
  return {.kind = Kind::Ephemeral, .client = client, .conn = 1, .user = user, .event = event};
}

Record truth(const std::string& user, const std::string& what, std::int64_t value) {
  return {.kind = Kind::Truth, .user = user, .what = what, .value = value};
}

TEST_CASE("C10: nothing that is numbered after the end of a right reaches its user") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
  story.deliver_change("ann", 2, "participant.leave", "").send("ann", "three", 3);
  SUBCASE("it does") {
    story.deliver_change("bob", 2, "participant.leave", "").add(right("lost", 2));
    story.deliver("bob", 3, "ann", "three");
    CHECK(surroundings_verdict(story).broke_only("C10"));
  }
  SUBCASE("it does, before the driver has heard of the loss") {
    story.deliver_change("bob", 2, "participant.leave", "").deliver("bob", 3, "ann", "three");
    story.add(right("lost", 2));
    CHECK(surroundings_verdict(story).broke_only("C10"));
  }
  SUBCASE("near miss: the event itself is the last") {
    story.deliver_change("bob", 2, "participant.leave", "").add(right("lost", 2));
    CHECK(surroundings_verdict(story).ok());
  }
  SUBCASE("near miss: the right came back with the next number") {
    story.deliver_change("bob", 2, "participant.leave", "").add(right("lost", 2));
    story.add(right("gained", 3)).deliver("bob", 3, "ann", "three");
    CHECK(surroundings_verdict(story).ok());
  }
}

TEST_CASE("C10: ephemeral events stop within two seconds of the right's end") {
  Story story = ann_and_bob();
  story.add(right("lost", 1));
  SUBCASE("near miss: in time") {
    story.wait(Story::kSecond).add(ephemeral("bob", "typing.start", "ann"));
    CHECK(surroundings_verdict(story).ok());
  }
  SUBCASE("too late") {
    story.wait(3 * Story::kSecond).add(ephemeral("bob", "typing.start", "ann"));
    CHECK(surroundings_verdict(story).broke_only("C10"));
  }
  SUBCASE("near miss: the right has come back") {
    story.add(right("gained", 2)).wait(3 * Story::kSecond);
    story.add(ephemeral("bob", "typing.start", "ann"));
    CHECK(surroundings_verdict(story).ok());
  }
}

TEST_CASE("C11: presence is true a minute after the last change or fault") {
  Story story;
  story.connect("bob").add({.kind = Kind::Attach, .client = "bob", .conn = 1, .presence = true});
  story.add(truth("ann", "presence", 1));
  SUBCASE("a join that never comes") {
    story.wait(61 * Story::kSecond).add(truth("ann", "presence", 0));
    CHECK(surroundings_verdict(story).broke_only("C11"));
  }
  SUBCASE("near miss: it comes late, but it comes") {
    story.wait(50 * Story::kSecond).add(ephemeral("bob", "presence.join", "ann"));
    story.wait(20 * Story::kSecond).add(truth("ann", "presence", 0));
    CHECK(surroundings_verdict(story).ok());
  }
  SUBCASE("near miss: a fault ended half a minute ago") {
    story.wait(40 * Story::kSecond);
    story.add({.kind = Kind::Heal, .what = "a cut", .deadline = 1'000 * Story::kSecond, .well = 1});
    story.wait(30 * Story::kSecond).add(truth("ann", "presence", 0));
    CHECK(surroundings_verdict(story).ok());
  }
  SUBCASE("a leave that never comes, to the history's end") {
    story.add(ephemeral("bob", "presence.join", "ann")).add(truth("ann", "presence", 0));
    story.wait(61 * Story::kSecond).add({.kind = Kind::Resource, .what = "fds"});
    CHECK(surroundings_verdict(story).broke_only("C11"));
  }
  SUBCASE("near miss: nobody is told of their own") {
    story.add(ephemeral("bob", "presence.join", "ann")).add(truth("bob", "presence", 1));
    story.wait(61 * Story::kSecond).add(truth("bob", "presence", 0));
    CHECK(surroundings_verdict(story).ok());
  }
  SUBCASE("near miss: a client that did not ask for it") {
    story.connect("cat").attach("cat", 0).add(ephemeral("bob", "presence.join", "ann"));
    story.wait(61 * Story::kSecond).add(truth("ann", "presence", 0));
    CHECK(surroundings_verdict(story).ok());
  }
}

TEST_CASE("C11: nobody is said to type who stopped long ago") {
  Story story = ann_and_bob();
  story.add(truth("ann", "typing", 1)).add(ephemeral("bob", "typing.start", "ann"));
  story.add(truth("ann", "typing", 0));
  SUBCASE("too late") {
    story.wait(7 * Story::kSecond).add(ephemeral("bob", "typing.start", "ann"));
    CHECK(surroundings_verdict(story).broke_only("C11"));
  }
  SUBCASE("near miss: a late one") {
    story.wait(5 * Story::kSecond).add(ephemeral("bob", "typing.start", "ann"));
    CHECK(surroundings_verdict(story).ok());
  }
  SUBCASE("near miss: they type again") {
    story.wait(7 * Story::kSecond).add(truth("ann", "typing", 1));
    story.add(ephemeral("bob", "typing.start", "ann"));
    CHECK(surroundings_verdict(story).ok());
  }
}

TEST_CASE("C14: a resource stays within its limit") {
  Story story;
  story.add({.kind = Kind::Resource, .what = "fds", .value = 100, .limit = 100});
  CHECK(surroundings_verdict(story).ok());
  story.add({.kind = Kind::Resource, .what = "fds", .value = 101, .limit = 100});
  CHECK(surroundings_verdict(story).broke_only("C14"));
}

TEST_CASE("C15: no process ends that was not meant to, and no sanitizer speaks") {
  Story story;
  story.add({.kind = Kind::Process, .event = "started", .what = "kithd"});
  story.add({.kind = Kind::Process, .event = "exited", .expected = true, .code = "SIGKILL"});
  CHECK(surroundings_verdict(story).ok());
  SUBCASE("crash") {
    story.add({.kind = Kind::Process, .event = "exited", .code = "SIGABRT"});
  }
  SUBCASE("report") {
    story.add({.kind = Kind::Process, .event = "sanitizer", .code = "heap-use-after-free"});
  }
  CHECK(surroundings_verdict(story).broke_only("C15"));
}

TEST_CASE("C16: after a fault all is well by the deadline") {
  Story story;
  Record heal{.kind = Kind::Heal,
              .what = "restart",
              .deadline = 5 * Story::kSecond,
              .well = 5 * Story::kSecond};
  CHECK(surroundings_verdict(Story(story).add(heal)).ok());
  SUBCASE("too late") {
    heal.well = 6 * Story::kSecond;
  }
  SUBCASE("never") {
    heal.well.reset();
  }
  CHECK(surroundings_verdict(Story(story).add(heal)).broke_only("C16"));
}

}  // namespace
}  // namespace kith::test
