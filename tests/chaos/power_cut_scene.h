// What goes on in a store until the power is cut (power_cut_test): one writer in one chat, who
// sends, edits and deletes; and the log as it is read afterwards.
#pragma once

#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/history/record.h"
#include "tests/storage/store_fixture.h"

namespace kith::test {

struct Scene {
  ChatId chat;
  UserRecord user;
  std::uint64_t begin = 0;
  std::uint64_t sent = 0;
  std::mt19937_64 random{1};
  std::vector<std::string> standing;  // messages that were acked, and not deleted since
};

using Note = std::function<void(Record)>;  // is told of all that happens

// Sends these client_message_ids in one batch.
void send(TestShard& shard, Scene& scene, const std::set<std::string>& ids, const Note& note);
// Edits or deletes one of those that stand there.
void change(TestShard& shard, Scene& scene, const Note& note);
// The log to its end, into `history`.
void read_back(TestShard& shard, const Scene& scene, History& history);

}  // namespace kith::test
