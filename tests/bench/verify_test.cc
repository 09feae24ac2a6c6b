// A verifier that never fails proves nothing: every kind of wrong delivery must turn it red.
#include "bench/verify.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace kith::bench {
namespace {

Seen seen(Seq seq, const std::string& name) {
  return {.seq = seq,
          .message = fingerprint("msg_" + name),
          .client_message = fingerprint("tmp_" + name)};
}
Seen seen(Seq seq) {
  return seen(seq, std::to_string(seq));
}

// One chat with a sender, who has acks for 11, 12 ... 15, and a receiver who started at 10.
struct Room {
  ChatWitness witness;
  ReceiverTrack sender;
  ReceiverTrack receiver;

  Room() {
    sender.subscribed(10);
    receiver.subscribed(10);
    for (Seq seq = 11; seq <= 15; ++seq) sender.ack(witness, seen(seq), false);
  }
  void deliver(const std::vector<Seq>& seqs) {
    for (const Seq seq : seqs) receiver.event(witness, seen(seq));
  }
  Verdict verdict() const {
    Verdict verdict = receiver.finish(witness);
    verdict += sender.finish(witness);
    verdict.doubled += witness.doubled();
    verdict.altered += witness.altered();
    return verdict;
  }
};

TEST_CASE("what comes whole and in order is clean") {
  Room room;
  room.deliver({11, 12, 13, 14, 15});
  CHECK(room.verdict().clean());
  CHECK(room.receiver.position() == 15);
  CHECK(room.sender.position() == 15);
}

TEST_CASE("a hole is lost") {
  Room room;
  room.deliver({11, 12, 14, 15});
  CHECK(room.verdict().lost == 1);
}

TEST_CASE("an acked tail that had not come in the end is not called lost, and not clean") {
  Room room;
  room.deliver({11, 12, 13});
  CHECK(room.verdict().lost == 0);
  CHECK(room.verdict().not_come == 2);
  CHECK_FALSE(room.verdict().clean());
}

TEST_CASE("what comes behind a hole proves the hole, not the tail") {
  Room room;
  room.deliver({11, 13});
  CHECK(room.verdict().lost == 1);
  CHECK(room.verdict().not_come == 2);
}

TEST_CASE("a repeat is doubled") {
  Room room;
  room.deliver({11, 12, 12, 13, 14, 15, 11});
  CHECK(room.verdict().doubled == 2);
  CHECK(room.verdict().lost == 0);
}

TEST_CASE("a late one is reordered, not lost") {
  Room room;
  room.deliver({11, 13, 12, 14, 15});
  const Verdict verdict = room.verdict();
  CHECK(verdict.reordered == 1);
  CHECK(verdict.lost == 0);
  CHECK(verdict.doubled == 0);
}

TEST_CASE("a message stored twice under two numbers is doubled") {
  Room room;
  room.deliver({11, 12, 13, 14, 15});
  room.receiver.event(
      room.witness,
      {.seq = 16, .message = fingerprint("msg_other"), .client_message = fingerprint("tmp_12")});
  CHECK(room.verdict().doubled == 1);
}

TEST_CASE("another message at a known number is altered") {
  Room room;
  room.deliver({11, 12});
  room.receiver.event(room.witness, seen(13, "another"));
  CHECK(room.verdict().altered == 1);
}

TEST_CASE("two threads that saw different things disagree when merged") {
  ChatWitness one;
  ChatWitness two;
  one.note(seen(11, "a"));
  one.note_ack(seen(12, "b"));
  two.note(seen(11, "other"));
  two.note(seen(13, "b"));
  ChatWitness all;
  all.merge(one);
  all.merge(two);
  CHECK(all.altered() == 1);
  CHECK(all.doubled() == 1);
  CHECK(all.acked(12));
  CHECK_FALSE(all.acked(13));
}

TEST_CASE("an own message that comes as ack and as event counts once") {
  Room room;
  room.deliver({11, 12, 13, 14, 15});
  room.sender.event(room.witness, seen(15));
  CHECK(room.verdict().clean());
  room.sender.event(room.witness, seen(15));
  CHECK(room.verdict().doubled == 1);
}

TEST_CASE("acks outside of the stream do not move the position") {
  Room room;
  room.deliver({11, 12, 13, 14, 15});
  SUBCASE("of a duplicate") {
    room.sender.ack(room.witness, seen(16), true);
  }
  SUBCASE("during a replay") {
    room.sender.attaching();
    room.sender.ack(room.witness, seen(16), false);
  }
  CHECK(room.sender.position() == 15);
  room.sender.event(room.witness, seen(16));
  CHECK(room.sender.position() == 16);
}

TEST_CASE("resuming must meet the position") {
  Room room;
  room.deliver({11, 12});
  room.receiver.attaching();
  SUBCASE("with the replay in between it is clean") {
    room.deliver({13, 14, 15});
    room.receiver.subscribed(15);
    CHECK(room.verdict().clean());
  }
  SUBCASE("without, what was passed over is lost") {
    room.deliver({13});
    room.receiver.subscribed(15);
    CHECK(room.verdict().lost == 2);
  }
  SUBCASE("a replay from too early is doubled") {
    room.deliver({12, 13, 14, 15});
    room.receiver.subscribed(15);
    CHECK(room.verdict().doubled == 1);
  }
  SUBCASE("a log that went back is altered") {
    room.receiver.subscribed(11);
    CHECK(room.verdict().altered == 1);
    CHECK(room.verdict().lost == 1);
    CHECK(room.verdict().not_come == 3);
  }
}

TEST_CASE("a log that ends below what was acked when it was asked for has lost it") {
  Room room;
  room.deliver({11, 12});
  room.receiver.attaching();
  room.receiver.asking(15);
  room.receiver.subscribed(12);
  CHECK(room.verdict().lost == 3);
  CHECK(room.verdict().not_come == 0);
  // Unless it comes all the same: then the answer was old.
  room.deliver({13, 14, 15});
  CHECK(room.verdict().clean());
}

TEST_CASE("an announced gap is filled from the history, and only then nothing is lost") {
  Room room;
  room.deliver({11});
  room.receiver.attaching();
  room.receiver.subscribed_with_gap(15, {.from = 12, .to = 15});
  CHECK(room.receiver.gap_open());
  for (const Seq seq : {12U, 13U, 15U}) room.receiver.history(room.witness, seen(seq));
  CHECK(room.verdict().not_come == 1);
  room.receiver.gap_loaded();
  CHECK_FALSE(room.receiver.gap_open());
  CHECK(room.verdict().lost == 1);
  room.receiver.history(room.witness, seen(14));
  CHECK(room.verdict().clean());
}

TEST_CASE("a gap whose history was read in part is lost in that part alone") {
  Room room;
  room.deliver({11});
  room.receiver.attaching();
  room.receiver.subscribed_with_gap(15, {.from = 12, .to = 15});
  CHECK(room.receiver.history_after() == 11);
  CHECK(room.verdict().not_come == 4);
  room.receiver.history(room.witness, seen(13));
  room.receiver.history_read(13);
  CHECK(room.verdict().lost == 1);
  CHECK(room.verdict().not_come == 2);
  // Where the connection breaks then, the rest is asked for behind what was read.
  CHECK(room.receiver.history_after() == 13);
  room.receiver.history(room.witness, seen(14));
  room.receiver.history(room.witness, seen(15));
  room.receiver.gap_loaded();
  CHECK(room.receiver.history_after() == 15);
  CHECK(room.verdict().lost == 1);
  CHECK(room.verdict().not_come == 0);
}

TEST_CASE("verified is what was acked and has come, by whichever way") {
  Room room;
  room.receiver.attaching();
  room.receiver.subscribed_with_gap(13, {.from = 11, .to = 13});
  CHECK(room.receiver.verified(room.witness, 10) == 0);
  room.receiver.history(room.witness, seen(11));
  room.receiver.history(room.witness, seen(13));
  CHECK(room.receiver.verified(room.witness, 10) == 2);
  CHECK(room.receiver.verified(room.witness, 11) == 1);
  room.deliver({15});
  CHECK(room.receiver.verified(room.witness, 10) == 3);
  room.deliver({14});
  CHECK(room.receiver.verified(room.witness, 10) == 4);
}

TEST_CASE("numbers of a gap that are no messages are not missed") {
  ChatWitness witness;
  ReceiverTrack receiver;
  receiver.subscribed(10);
  receiver.attaching();
  witness.note_ack(seen(12));
  receiver.subscribed_with_gap(13, {.from = 11, .to = 13});
  receiver.history(witness, seen(12));
  CHECK(receiver.finish(witness).clean());
}

// Of several nodes one may be a moment behind what another has acked.
TEST_CASE(
    "a log that may end below what others acked is no loss: what follows live is all there is") {
  Room room;
  room.deliver({11, 12});
  room.receiver.attaching();
  room.receiver.asking(0);
  room.receiver.subscribed(12);
  SUBCASE("it comes") {
    room.deliver({13, 14, 15});
    CHECK(room.verdict().clean());
  }
  SUBCASE("it never comes") {
    CHECK(room.verdict().lost == 0);
    CHECK(room.verdict().not_come == 3);
  }
  SUBCASE("it goes on without it") {
    room.deliver({15});
    CHECK(room.verdict().lost == 2);
  }
  SUBCASE("but below what this receiver has seen it may not end") {
    room.receiver.attaching();
    room.receiver.asking(0);
    room.receiver.subscribed(11);
    CHECK(room.verdict().altered == 1);
    CHECK(room.verdict().lost == 1);
  }
}

}  // namespace
}  // namespace kith::bench
