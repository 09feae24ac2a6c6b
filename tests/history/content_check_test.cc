// C2, C5, C6 and C7: which message, in which words, and whether it may be there at all.
#include <doctest/doctest.h>

#include "tests/history/story.h"

namespace kith::test {
namespace {

Verdict verdict_of(const Story& story) {
  Verdict verdict = story.check();
  INFO(to_text(verdict));
  return verdict;
}

Story one_sent() {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
  return story;
}

TEST_CASE("C2: a retry is stored again") {
  Story story = one_sent();
  SUBCASE("and acked with another number") {
    story.send("ann", "one", 2).deliver("bob", 2, "ann", "one");
    CHECK(verdict_of(story).broke_only("C2"));
  }
  SUBCASE("and stands in the log twice") {
    story.final({Story::entry(1, "ann", "one"), Story::entry(2, "ann", "one")});
    CHECK(verdict_of(story).broke_only("C2"));
  }
  SUBCASE("under another id") {
    Record ack{.kind = Kind::Ok,
               .client = "ann",
               .op = "send",
               .seq = 1,
               .message_id = "msg_other",
               .client_message_id = "one",
               .duplicate = true};
    story.add(ack);
    CHECK(verdict_of(story).broke_only("C2"));
  }
  SUBCASE("near miss: acked again, with the same number") {
    story.invoke("ann", "one")
        .add({.kind = Kind::Ok,
              .client = "ann",
              .op = "send",
              .op_id = "one",
              .seq = 1,
              .message_id = "msg_one",
              .client_message_id = "one",
              .duplicate = true});
    story.final({Story::entry(1, "ann", "one")});
    CHECK(verdict_of(story).ok());
  }
  SUBCASE("near miss: another user has the same client_message_id") {
    Record other{.kind = Kind::Ok,
                 .client = "bob",
                 .op = "send",
                 .seq = 2,
                 .message_id = "msg_other",
                 .client_message_id = "one"};
    story.invoke("bob", "one").add(other);
    Record seen = story.delivery("ann", 2, "bob", "one");
    seen.message_id = "msg_other";
    story.add(seen);
    CHECK(verdict_of(story).ok());
  }
}

TEST_CASE("C2: two messages are acked with one number") {
  Story story;
  story.send("ann", "one", 1).send("bob", "two", 1);
  CHECK(verdict_of(story).broke_only("C2"));
}

TEST_CASE("C5: two clients see different messages at one number") {
  Story story = ann_and_bob();
  story.connect("cat").attach("cat", 0).invoke("dan", "one").invoke("dan", "two");
  story.deliver("ann", 1, "dan", "one").deliver("bob", 1, "dan", "one");
  story.deliver("cat", 1, "dan", "two");
  CHECK(verdict_of(story).broke_only("C5"));
}

TEST_CASE("C5: what a client sees is not what was written") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1);
  Record altered = story.delivery("bob", 1, "ann", "one");
  altered.digest = content_digest("something else");
  story.add(altered);
  CHECK(verdict_of(story).broke_only("C5"));
}

TEST_CASE("C5, near miss: an edit is seen by one client and the tombstone by another") {
  Story story = one_sent();
  story.connect("cat").connect("dan");
  story.invoke_change("ann", "edit", "one", "e", "uno").ok_change("ann", "edit", "e", 2);
  story.deliver_change("bob", 2, "message.update", "one", "uno");
  Record replayed = story.delivery("cat", 1, "ann", "one");
  replayed.digest = content_digest("uno");
  story.add(replayed).deliver_change("cat", 2, "message.update", "one", "uno");
  story.resume("cat", 0, 2, 1);
  story.invoke_change("ann", "delete", "one", "d").ok_change("ann", "delete", "d", 3);
  for (const char* client : {"bob", "cat"}) {
    story.deliver_change(client, 3, "message.delete", "one");
  }
  Record gone = story.delivery("dan", 1, "ann", "one");
  gone.digest = 0;
  gone.deleted = true;
  story.add(gone);
  story.add({.kind = Kind::Deliver,
             .client = "dan",
             .conn = 1,
             .seq = 2,
             .event = "message.update",
             .message_id = "msg_one",
             .deleted = true});
  story.deliver_change("dan", 3, "message.delete", "one").resume("dan", 0, 3, 1);
  story.final({Story::tombstone(Story::entry(1, "ann", "one")),
               Story::event(2, "message.update", "one"), Story::event(3, "message.delete", "one")});
  CHECK(verdict_of(story).ok());
}

TEST_CASE("C5: what was deleted shows again") {
  Story story = one_sent();
  story.invoke_change("ann", "delete", "one", "d").ok_change("ann", "delete", "d", 2);
  story.deliver_change("bob", 2, "message.delete", "one");
  SUBCASE("in a replay") {
    story.connect("cat").deliver("cat", 1, "ann", "one");
    story.deliver_change("cat", 2, "message.delete", "one").resume("cat", 0, 2, 1);
    CHECK(verdict_of(story).broke_only("C5"));
  }
  SUBCASE("in a history") {
    story.ask_history("bob", "h").history("bob", "h", {Story::entry(1, "ann", "one")});
    CHECK(verdict_of(story).broke_only("C5"));
  }
  SUBCASE("near miss: in a history that was asked for before") {
    Story late = ann_and_bob();
    late.send("ann", "one", 1).deliver("bob", 1, "ann", "one").ask_history("bob", "h");
    late.invoke_change("ann", "delete", "one", "d").ok_change("ann", "delete", "d", 2);
    late.history("bob", "h", {Story::entry(1, "ann", "one")});
    late.deliver_change("bob", 2, "message.delete", "one");
    CHECK(verdict_of(late).ok());
  }
  SUBCASE("near miss: it had been hidden, and was shown again") {
    story.invoke_change("ann", "restore", "one", "r").ok_change("ann", "restore", "r", 3);
    story.deliver_change("bob", 3, "system.moderation", "one");
    story.ask_history("bob", "h").history("bob", "h", {Story::entry(1, "ann", "one")});
    CHECK(verdict_of(story).ok());
  }
}

TEST_CASE("C5: an older content under a newer number") {
  Story story = one_sent();
  story.invoke_change("ann", "edit", "one", "e", "uno").ok_change("ann", "edit", "e", 2);
  story.deliver_change("bob", 2, "message.update", "one", "one");
  CHECK(verdict_of(story).broke_only("C5"));
}

TEST_CASE("C6: a message that nobody sent, or that was refused") {
  Story story = ann_and_bob();
  SUBCASE("never sent") {
    story.deliver("ann", 1, "eve", "ghost").deliver("bob", 1, "eve", "ghost");
    CHECK(verdict_of(story).broke_only("C6"));
  }
  SUBCASE("refused") {
    story.invoke("ann", "one").fail("ann", "one").deliver("bob", 1, "ann", "one");
    CHECK(verdict_of(story).broke_only("C6"));
  }
  SUBCASE("near miss: refused as a conflict with itself, which had been stored") {
    story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
    story.invoke("ann", "one").fail("ann", "one");
    CHECK(verdict_of(story).ok());
  }
}

TEST_CASE("C6: an edit that was refused, a tombstone that nobody asked for") {
  Story story = one_sent();
  story.invoke_change("bob", "edit", "one", "e", "uno").fail("bob", "e");
  story.invoke_change("bob", "delete", "one", "d").fail("bob", "d");
  SUBCASE("edit") {
    story.final({Story::edited(Story::entry(1, "ann", "one"), "uno")});
  }
  SUBCASE("tombstone") {
    story.final({Story::tombstone(Story::entry(1, "ann", "one"))});
  }
  CHECK(verdict_of(story).broke_only("C6"));
}

TEST_CASE("C6, near miss: a user was erased, and their messages are tombstones") {
  Story story = one_sent();
  story.invoke_change("ann", "erase", "", "all of ann").ok_change("ann", "erase", "all of ann", 0);
  story.final({Story::tombstone(Story::entry(1, "ann", "one"))});
  CHECK(verdict_of(story).ok());
}

TEST_CASE("C6: an unknown outcome stays what it was seen to be") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one").invoke("ann", "two");
  story.unknown("ann", "two").deliver("bob", 2, "ann", "two");
  SUBCASE("gone at the end") {
    story.final({Story::entry(1, "ann", "one")});
    CHECK(verdict_of(story).broke_only("C6"));
  }
  SUBCASE("gone from the history") {
    story.ask_history("bob", "h").history("bob", "h", {Story::entry(1, "ann", "one")});
    CHECK(verdict_of(story).broke_only("C6"));
  }
  SUBCASE("near miss: still there") {
    story.ask_history("bob", "h");
    story.history("bob", "h", {Story::entry(1, "ann", "one"), Story::entry(2, "ann", "two")});
    story.final({Story::entry(1, "ann", "one"), Story::entry(2, "ann", "two")});
    CHECK(verdict_of(story).ok());
  }
}

TEST_CASE("C7: a history that is asked for after an ack shows the message") {
  Story story;
  story.send("ann", "one", 1);
  SUBCASE("it does not") {
    story.ask_history("bob", "h").history("bob", "h", {});
    CHECK(verdict_of(story).broke_only("C7"));
  }
  SUBCASE("near miss: asked for before the ack") {
    story.ask_history("bob", "h").send("ann", "two", 2);
    story.history("bob", "h", {Story::entry(1, "ann", "one")});
    CHECK(verdict_of(story).ok());
  }
  SUBCASE("near miss: another page") {
    story.send("ann", "two", 2).ask_history("bob", "h");
    story.history("bob", "h", {Story::entry(2, "ann", "two")}, 2);
    CHECK(verdict_of(story).ok());
  }
  SUBCASE("near miss: refused") {
    story.ask_history("bob", "h").fail("bob", "h");
    CHECK(verdict_of(story).ok());
  }
}

}  // namespace
}  // namespace kith::test
