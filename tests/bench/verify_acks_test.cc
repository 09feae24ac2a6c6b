// Acks among the events: where one is out of its place, the verifier counts what is wrong, no more.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "bench/verify.h"

namespace kith::bench {
namespace {

Seen seen(Seq seq) {
  const std::string name = std::to_string(seq);
  return {.seq = seq,
          .message = fingerprint("msg_" + name),
          .client_message = fingerprint("tmp_" + name)};
}

// What a receiver who was at 10 makes of a stream; an ack is of its own message.
struct Step {
  Seq seq;
  bool ack = false;
};
Verdict of_stream(const std::vector<Step>& steps) {
  ChatWitness witness;
  ReceiverTrack track;
  track.subscribed(10);
  for (const Step& step : steps) {
    step.ack ? track.ack(witness, seen(step.seq), false) : track.event(witness, seen(step.seq));
  }
  return track.finish(witness);
}
Step own(Seq seq) {
  return {.seq = seq, .ack = true};
}

TEST_CASE("one event that is dropped right before an own message's ack is one lost, not two") {
  const Verdict verdict = of_stream({{11}, own(13), {14}, {15}});
  CHECK(verdict.lost == 1);
  CHECK(verdict.reordered == 0);
  CHECK(verdict.not_come == 0);
  CHECK(of_stream({{11}, own(14), own(15), {16}}).lost == 2);
  CHECK(of_stream({{11}, own(14), {15}, {17}}).lost == 3);
}

TEST_CASE("what an own message's ack has overtaken is late, not lost") {
  for (const auto& steps : std::vector<std::vector<Step>>{
           {own(12), {11}, {13}},           // two that stand side by side
           {own(12), {13}, {11}, {14}},     // an event that comes two places later
           {{11}, {13}, own(12), {14}},     // an ack that comes behind an event
           {{11}, own(14), own(12), {13}},  // 14 before 12; 13 comes in turn behind it
       }) {
    CAPTURE(steps[0].seq);
    CAPTURE(steps[1].seq);
    const Verdict verdict = of_stream(steps);
    CHECK(verdict.lost == 0);
    CHECK(verdict.doubled == 0);
    CHECK(verdict.not_come == 0);
    CHECK(verdict.reordered == (steps[1].seq == 14 ? 2 : 1));
  }
}

TEST_CASE("an ack outside of the stream has overtaken nothing: its event comes in its turn") {
  CHECK(of_stream({own(13), {11}, {12}, {13}, {14}}).clean());
  CHECK(of_stream({own(12), own(13), {11}, {12}, {13}, {14}}).clean());
  CHECK(of_stream({own(13), {11}, {12}, {13}, {13}}).doubled == 1);
  CHECK(of_stream({own(13), {11}, {13}, {14}}).lost == 1);
}

TEST_CASE("an acked edit or reaction that ends a chat is missed by whom it did not reach") {
  ChatWitness witness;
  ReceiverTrack sender;
  ReceiverTrack receiver;
  sender.subscribed(10);
  receiver.subscribed(10);
  sender.ack(witness, seen(11), false);
  receiver.event(witness, seen(11));
  sender.ack(witness, {.seq = 12}, false);
  // As at the end of a run, whose threads have a witness each.
  ChatWitness all;
  all.merge(witness);
  CHECK(all.acked(12));
  CHECK_FALSE(all.is_message(12));
  CHECK(sender.finish(all).clean());
  SUBCASE("not come yet, where nothing shows more") {
    CHECK(receiver.finish(all).not_come == 1);
    CHECK(receiver.finish(all).lost == 0);
  }
  SUBCASE("lost, where the log that is named ends before it") {
    receiver.attaching();
    receiver.asking(12);
    receiver.subscribed(11);
    CHECK(receiver.finish(all).lost == 1);
  }
  SUBCASE("nothing, where it came") {
    receiver.event(witness, {.seq = 12});
    CHECK(receiver.finish(all).clean());
  }
}

TEST_CASE("what was only acked is no part of the position that a resume begins with") {
  ChatWitness witness;
  ReceiverTrack track;
  track.subscribed(10);
  track.ack(witness, seen(12), false);
  CHECK(track.position() == 10);
  CHECK(track.finish(witness).clean());  // it is there, and of what lies before nobody knows
  track.attaching();
  SUBCASE("the replay brings both") {
    track.event(witness, seen(11));
    CHECK(track.position() == 11);
    track.event(witness, seen(12));
    track.subscribed(12);
    CHECK(track.finish(witness).clean());
  }
  SUBCASE("a replay without them has lost them") {
    track.subscribed(12);
    CHECK(track.finish(witness).lost == 2);
  }
}

}  // namespace
}  // namespace kith::bench
