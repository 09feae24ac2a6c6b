// What is done for all users, a step at a time, and once whoever does it: each step moves a
// position in reward_progress in its own transaction, and only from where it had found it.
//
// Messages are not counted where they are appended: that would put ten statements, and the sender's
// own channel's lock, into the one path that every message takes. They are read from the log behind
// it, up to a second later, on a reader's connection; what many messages of one sender come to is
// then one deed.
#pragma once

#include "storage/sql_rewards.h"

namespace kith {

inline constexpr std::string_view kMessageKind = "message";

// A piece of the log, (from, to], whose senders are rewarded some at a time: progress remembers the
// piece and the sender who came last, so the piece is read once, and each sender counted once.
struct UnfedMessages {
  // Of a sender, within a quarter of an hour: all of one day, since every zone's days begin at one.
  struct Sent {
    UserKey sender{};
    std::int64_t quarter = 0;  // since 1970
    WallTime first{};
    std::int64_t times = 0;
  };
  Position from = 0;
  Position to = 0;
  std::string progress;    // as it stands in the store: "", or the piece and who came last
  std::vector<Sent> sent;  // not yet rewarded; by sender and time
  bool more = false;       // it was begun, or the log goes on behind the piece
};
// Needs a connection on which each statement sees what is committed (StoreRead::heads).
// `places` of the log at the most.
UnfedMessages read_unfed_messages(SqlConnection& db, Position places);

struct FedMessages {
  RewardUpkeep upkeep;
  UnfedMessages rest;  // `sent` is empty where the piece is done, or somebody else goes on with it
};
// Rewards the first of them.
Result<FedMessages> feed_messages(WriteContext& context, const UnfedMessages& unfed, WallTime now);

// RewardLedger::back_fill.
Result<RewardUpkeep> back_fill_rewards(WriteContext& context, WallTime now);

}  // namespace kith
