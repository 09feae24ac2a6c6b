#include "storage/board_tops.h"

#include <utility>

namespace kith {

// Under the lock: a shard that goes has no answer posted to it afterwards.
void BoardTops::answer(Waiting waiting, Result<BoardTopPtr> result) {
  std::vector<Task> tasks;
  tasks.emplace_back([done = std::move(waiting.done), result = std::move(result)]() mutable {
    done(std::move(result));
  });
  waiting.shard->post(std::move(tasks));
}

bool BoardTops::ask(const ChannelId& board, std::uint64_t at_least, CompletionQueue& shard,
                    Callback<BoardTopPtr> done) {
  const std::lock_guard lock(mutex_);
  if (slots_.size() >= kKeptMax) {
    std::erase_if(slots_, [](const auto& slot) { return !slot.second.reading; });
  }
  Slot& slot = slots_[board];
  Waiting waiting{.at_least = at_least, .shard = &shard, .done = std::move(done)};
  // Revision 0 is asked for by whoever knows of none: only a read tells.
  if (at_least > 0 && slot.newest && slot.newest->revision >= at_least) {
    answer(std::move(waiting), slot.newest);
    return false;
  }
  const bool begins = !slot.reading;
  waiting.before_read = begins;
  slot.waiting.push_back(std::move(waiting));
  slot.reading = true;
  if (begins) ++reads_;
  return begins;
}

bool BoardTops::finish(const ChannelId& board, const Result<BoardTopPtr>& read) {
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_[board];
  if (read) slot.newest = *read;
  std::vector<Waiting> left;
  for (Waiting& waiting : slot.waiting) {
    const bool known = read && waiting.at_least > 0 && (*read)->revision >= waiting.at_least;
    if (known || waiting.before_read) {
      answer(std::move(waiting), read);
      continue;
    }
    waiting.before_read = true;
    left.push_back(std::move(waiting));
  }
  slot.waiting = std::move(left);
  slot.reading = !slot.waiting.empty();
  if (slot.reading) ++reads_;
  return slot.reading;
}

void BoardTops::forget(const CompletionQueue& shard) {
  const std::lock_guard lock(mutex_);
  for (auto& [board, slot] : slots_) {
    std::erase_if(slot.waiting, [&](const Waiting& waiting) { return waiting.shard == &shard; });
  }
}

std::uint64_t BoardTops::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

}  // namespace kith
