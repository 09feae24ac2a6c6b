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

struct UnfedMessages {
  Position from = 0;
  Position to = 0;
  bool more = false;
  // Of a sender, within a quarter of an hour: all of one day, since every zone's days begin at one.
  struct Sent {
    UserKey sender{};
    WallTime first{};
    std::int64_t times = 0;
  };
  std::vector<Sent> sent;  // by sender and time
};
// Needs a connection on which each statement sees what is committed (StoreRead::heads).
UnfedMessages read_unfed_messages(SqlConnection& db);
Result<RewardUpkeep> feed_messages(WriteContext& context, const UnfedMessages& unfed, WallTime now);

// RewardLedger::back_fill.
Result<RewardUpkeep> back_fill_rewards(WriteContext& context, WallTime now);

}  // namespace kith
