#include "storage/postgres_pool.h"

#include <pthread.h>

#include <algorithm>

#include "storage/append_writer.h"
#include "storage/sql_worker.h"
#include "storage/store_counts.h"

namespace kith {

using namespace std::chrono_literals;

// What waits for submit() lies by the thread that it will go to.
class PostgresPool::Handle final : public SqlHandle {
 public:
  Handle(PostgresPool& pool, CompletionQueue& completions)
      : pool_(pool), completions_(completions), pending_(pool.lanes_.size()) {}
  ~Handle() override { submit(); }

  void append(Append append, AppendCallback done) override {
    QueuedWrite job;
    job.bytes = sizeof(QueuedWrite) + append.content.json.size() + append.client_message_id.size();
    const std::size_t lane = pool_.lane_of(ChannelId(append.chat));
    const MessageDigest digest = message_digest(pool_.options_.digest_key, append);
    job.append.emplace(AppendJob{
        .append = std::move(append), .done = std::move(done), .digest = digest, .outcome = {}});
    add(lane, std::move(job));
  }

  void doubt_history() override { pool_.lanes_.front()->writer.doubt_history(); }

  void submit() override {
    for (std::size_t lane = 0; lane < pending_.size(); ++lane) {
      if (pending_[lane].jobs.empty()) continue;
      Submission submission = std::exchange(pending_[lane], {});
      submission.shard = &completions_;
      const auto outcome = pool_.lanes_[lane]->queue.push(submission);
      if (outcome == WriteQueue::Push::taken) continue;
      pool_.refused_ += submission.jobs.size();
      refuse(std::move(submission), not_taken(outcome == WriteQueue::Push::closed));
    }
  }

 private:
  void add(std::size_t lane, QueuedWrite job) {
    pending_[lane].bytes += job.bytes;
    pending_[lane].jobs.push_back(std::move(job));
  }

  void post_write(const std::optional<ChannelId>& channel, std::unique_ptr<WriteJob> job) override {
    QueuedWrite queued;
    queued.job = std::move(job);
    queued.bytes = sizeof(QueuedWrite) + 512;  // about what its captures hold
    add(pool_.lane_of(channel), std::move(queued));
    submit();
  }

  void post_read(StoreRead kind, std::unique_ptr<ReadJob> job) override {
    ++pool_.reads_[static_cast<std::size_t>(kind)];
    QueuedRead read{.shard = &completions_, .kind = kind, .job = std::move(job)};
    const auto outcome = pool_.readers_->push(read);
    if (outcome == ReadPool::Push::taken) return;
    ++pool_.refused_;
    refuse(std::move(read), not_taken(outcome == ReadPool::Push::closed));
  }

  PostgresPool& pool_;
  CompletionQueue& completions_;
  std::vector<Submission> pending_;  // by lane
};

PostgresPool::Lane::Lane(PostgresWriter::Options options, WriteQueue::Limits limits)
    : queue(limits), writer(std::move(options), queue) {}

PostgresPool::PostgresPool(Options options) : options_(std::move(options)) {
  const std::uint32_t writers = std::max(options_.writer_threads, 1U);
  const auto warning = [this](const std::string& line) { warn(line); };
  PostgresOptions reads = options_.connection;
  reads.closing = closing_;
  PostgresOptions writes = reads;
  writes.writes = true;
  // Who sends is answered within about two seconds (RELIABILITY F11), and a node that is frozen in
  // the middle of a transaction is in the others' way for no longer.
  writes.statement_timeout = 1'600ms;
  writes.answer_grace = 300ms;
  writes.lock_timeout = 900ms;
  writes.idle_in_transaction_timeout = 2'000ms;
  for (std::uint32_t number = 0; number < 2 * writers; ++number) {
    PostgresWriter::Options writer{.connection = writes,
                                   .batch_max = kBatchMessagesMax,
                                   .trims = std::nullopt,
                                   .outgoing = options_.outgoing,
                                   .rewards = options_.rewards,
                                   .history = options_.history,
                                   .history_look_interval = options_.history_look_interval,
                                   .on_warning = warning,
                                   .on_history_gone = options_.on_history_gone};
    if (number == writers) writer.trims = options_.trimming;
    lanes_.push_back(std::make_unique<Lane>(
        std::move(writer),
        WriteQueue::Limits{.jobs_max = options_.queue_messages_max / (2 * writers),
                           .bytes_max = options_.queue_bytes_max / (2 * writers)}));
  }
  std::vector<std::unique_ptr<SqlConnection>> connections;
  for (std::uint32_t i = 0; i < std::max(options_.reader_threads, 1U); ++i) {
    connections.push_back(std::make_unique<PostgresConnection>(reads));
  }
  readers_ =
      std::make_unique<ReadPool>(std::move(connections), options_.queue_messages_max, warning);
  for (std::size_t number = 0; number < lanes_.size(); ++number) {
    lanes_[number]->thread = std::thread([this, number] {
      const std::size_t writers = lanes_.size() / 2;
      const std::string name = number < writers
                                   ? "store-chats-" + std::to_string(number)
                                   : "store-others-" + std::to_string(number - writers);
      pthread_setname_np(pthread_self(), name.c_str());
      lanes_[number]->writer.run();
    });
  }
}

PostgresPool::~PostgresPool() {
  close();
}

std::unique_ptr<SqlHandle> PostgresPool::handle(CompletionQueue& completions) {
  return std::make_unique<Handle>(*this, completions);
}

void PostgresPool::close() {
  const std::lock_guard lock(close_mutex_);
  closing_->begin();
  for (const auto& lane : lanes_) lane->queue.close();
  readers_->close();
  for (const auto& lane : lanes_) {
    if (lane->thread.joinable()) lane->thread.join();
  }
}

std::size_t PostgresPool::lane_of(const std::optional<ChannelId>& channel) const {
  const std::size_t writers = lanes_.size() / 2;
  if (!channel) return writers;
  return IdHash{}(*channel) % writers + (channel->is_chat() ? 0 : writers);
}

void PostgresPool::warn(const std::string& line) {
  const std::lock_guard lock(warning_mutex_);
  if (options_.on_warning) options_.on_warning(line);
}

StorageStats PostgresPool::stats() const {
  StorageStats sum;
  for (const auto& lane : lanes_) {
    add_counts(sum, lane->writer.stats());
    sum.queued_jobs += lane->queue.jobs();
  }
  sum.refused_jobs = refused_;
  for (std::size_t i = 0; i < sum.reads.size(); ++i) sum.reads[i] = reads_[i];
  return sum;
}

}  // namespace kith
