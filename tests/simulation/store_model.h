// The model of the store: the memory store's tables (held to the same contract as the SQL ones),
// reached as a real one is: writes of a shard go in batches, each a transaction that takes its time
// to commit and then to be answered; reads overtake each other. In between befalls what befalls a
// store: it refuses, it loses an answer, it stalls, it is gone for a while, and a node that dies
// takes with it what it had not committed.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "storage/board_tops.h"
#include "storage/memory_tables.h"
#include "storage/open_storage.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/recorder.h"
#include "tests/simulation/reward_store.h"

namespace kith::simulation {

class StoreModel;

// What becomes of one request.
enum class Fate : std::uint8_t { done, refused, unknown };

// One shard's way to the store and back. Outlives the shard in what the scheduler still holds;
// nothing reaches the shard after cut_off().
class StoreLine : public std::enable_shared_from_this<StoreLine> {
 public:
  // Carries the request out, or not, and gives its answer.
  using Job = UniqueFunction<Task(Fate)>;

  StoreLine(StoreModel& model, CompletionQueue& completions, Random random);

  void write(Job job);
  void read(Job job);
  bool is_full() const;
  void answer(Task task);
  // The shard is dead. What was being committed is, all of it, or is not.
  void cut_off();
  StoreModel& model() { return model_; }
  CompletionQueue& completions() { return completions_; }

 private:
  void start_batch();
  void commit();
  void answer_batch(std::vector<Task> answers);

  StoreModel& model_;
  CompletionQueue& completions_;
  Random random_;
  bool dead_ = false;
  bool committing_ = false;
  bool answering_ = false;
  std::vector<Job> waiting_;
  std::vector<Job> batch_;
};

class StoreModel {
 public:
  StoreModel(Scheduler& scheduler, const Plan& plan, Recorder& recorder);

  // The ports of one shard; cut off with the line. `tops`: its node's, which outlives them.
  std::unique_ptr<ShardStore> for_shard(std::shared_ptr<StoreLine> line, BoardTops& tops);

  // Nothing can be asked for so long; what was under way is answered `unavailable`.
  void go_down(Time time);
  // Power is lost: what was not synced is gone (only a broken store has any such thing).
  void lose_power();
  void heal();
  bool is_down() const { return scheduler_.now() < up_at_; }

  Fate fate(Random& random) const;
  Time commit_time(Random& random) const;
  Time answer_time(Random& random) const;

  // Every change passes here as it is committed.
  void note_committed(const std::vector<DurableEvent>& events);

  Result<Appended> append(const Append& append, const StoreLine& by);
  Result<Page> page(const PageRequest& request);
  Result<Attached> attach(const ChannelId& channel, UserKey user);
  Result<Heads> heads(std::optional<Position> position, const AskedChannels& asked);
  Result<Committed> changed(Result<Committed> committed);
  Result<Recorded> record(const Actor& actor, ActivityOrigin origin, const Activity& activity);
  RewardStore& rewards();

  // The number of the event that ended the user's right, while it is ended.
  std::optional<Seq> right_ended(const ChannelId& channel, const UserId& user) const;
  // How often it has ended up to now.
  std::uint32_t rights_lost(const ChannelId& channel, const UserId& user) const;
  bool login_ended(const AuthSessionId& login) const;
  Seq head(const ChannelId& channel);
  // The log no longer has this number.
  bool has_trimmed(const ChannelId& channel, Seq seq);
  bool may_read(const ChannelId& channel, const UserId& user);
  std::vector<DurableEvent> log(const ChannelId& channel, Seq* trimmed_to);

  const Plan& plan() const { return plan_; }
  Scheduler& scheduler() { return scheduler_; }
  memory::Tables tables;
  Seeded seeded;
  std::uint64_t committed = 0;

 private:
  void sync();
  void renumber(memory::Channel& channel, bool overlapped);
  void give_own_id(std::string& notification, WallTime now);
  void hide(Page& page, const PageRequest& request) const;

  Scheduler& scheduler_;
  const Plan& plan_;
  Recorder& recorder_;
  std::map<std::pair<ChannelId, UserId>, Seq> ended_;
  std::map<std::pair<ChannelId, UserId>, std::uint32_t> losses_;
  Time up_at_{};
  bool calm_ = false;
  std::unique_ptr<RewardStore> rewards_;    // null: nobody has told of anything
  std::unique_ptr<memory::Tables> synced_;  // Mutation::unsynced
  Time synced_at_{};
  // Mutation::max_plus_one: who wrote a channel last, and when.
  struct Writer {
    const StoreLine* line = nullptr;
    Time at{};
  };
  std::map<ChannelId, Writer> last_writer_;
};

}  // namespace kith::simulation
