// One shard's way into the memory store: two lines of requests, each carried out from its head,
// with the faults that a test asks for in between (memory_storage.h).
//
// Thread: the shard's; what it shares with the other shards it touches under MemoryCore::mutex.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/memory_storage.h"
#include "storage/memory_tables.h"

namespace kith::memory {

class Shard;

struct Core {
  Core(const StorageOptions& from, std::uint64_t seed) : options(from), tables(from, seed) {}

  std::mutex mutex;
  const StorageOptions options;
  Tables tables;
  std::function<MemoryFault(MemoryRequest)> decide;
  StorageStats stats;
  bool closed = false;
  std::vector<Shard*> shards;
};

Error unavailable();

// What carrying out a request gives: its answer, to be posted. `refused`: nothing was done.
struct Job {
  MemoryRequest kind = MemoryRequest::read;
  UniqueFunction<Task(Tables&, MemoryFault)> run;
};

class Shard final : public EventLog {
 public:
  Shard(std::shared_ptr<Core> core, CompletionQueue& completions);
  ~Shard() override;

  // --- EventLog ---
  void append(Append append, AppendCallback done) override;
  void submit() override;
  void attach(ChannelId channel, UserKey user, Callback<Attached> done) override;
  void read(PageRequest request, Callback<Page> done) override;
  void measure(ChannelId channel, Seq after, Callback<Measure> done) override;
  void heads_since(std::optional<Position> position, AskedChannels asked,
                   Callback<Heads> done) override;

  // Carries out `work(tables) -> Result<T>` in its line and posts `done` with what it gave.
  template <typename T, typename Work>
  void request(MemoryRequest kind, Callback<T> done, Work work) {
    enqueue({.kind = kind, .run = answered<T>(std::move(done), std::move(work))});
  }
  void enqueue(Job job);

  // --- under the mutex ---
  bool release_locked();
  void drain_locked();  // submits what is left and lets everything delayed go

 private:
  struct Line {
    std::deque<Job> waiting;
    bool commit_delayed = false;      // of the head of `waiting`
    std::optional<Task> held_answer;  // of what was the head
  };

  template <typename T, typename Work>
  static UniqueFunction<Task(Tables&, MemoryFault)> answered(Callback<T> done, Work work) {
    return [done = std::move(done), work = std::move(work)](Tables& tables,
                                                            MemoryFault fault) mutable -> Task {
      auto outcome = [&]() -> Result<T> {
        if (fault == MemoryFault::refuse) return unavailable();
        Result<T> result = work(tables);
        if (fault == MemoryFault::lose_answer) return unavailable();
        return result;
      };
      return [done = std::move(done), result = outcome()]() mutable {
        if (done) done(std::move(result));
      };
    };
  }
  Line& line(MemoryRequest kind) { return kind == MemoryRequest::read ? reads_ : writes_; }
  void submit_locked();
  // The answers of what can be carried out now, in order.
  void pump(Line& line, std::vector<Task>& answers);
  void run_head(Line& line, MemoryFault fault, std::vector<Task>& answers);
  bool release_head(Line& line, std::vector<Task>& answers);

  std::shared_ptr<Core> core_;
  CompletionQueue& completions_;
  std::vector<Job> appended_;  // before submit()
  std::size_t queued_appends_ = 0;
  std::size_t queued_bytes_ = 0;
  Line writes_;
  Line reads_;
};

std::unique_ptr<Chats> make_chats(Shard& shard);
std::unique_ptr<Accounts> make_accounts(Shard& shard);

}  // namespace kith::memory
