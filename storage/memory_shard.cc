#include "storage/memory_shard.h"

#include <algorithm>

#include "storage/memory_log.h"

namespace kith::memory {

namespace {

constexpr std::chrono::milliseconds kRetryAfter{1000};
constexpr std::size_t kBytesPerAppend = 256;  // beside its content

}  // namespace

Error unavailable() {
  return {.code = ErrorCode::unavailable,
          .message = "the store cannot do this now",
          .field = {},
          .retry_after = kRetryAfter};
}

Shard::Shard(std::shared_ptr<Core> core, CompletionQueue& completions)
    : core_(std::move(core)), completions_(completions) {
  const std::lock_guard lock(core_->mutex);
  core_->shards.push_back(this);
}

Shard::~Shard() {
  submit();
  const std::lock_guard lock(core_->mutex);
  drain_locked();
  std::erase(core_->shards, this);
}

void Shard::append(Append append, AppendCallback done) {
  const std::size_t bytes = kBytesPerAppend + append.content.json.size();
  const std::lock_guard lock(core_->mutex);
  if (queued_appends_ >= core_->options.queue_messages_max ||
      queued_bytes_ + bytes > core_->options.queue_bytes_max) {
    ++core_->stats.refused_jobs;
    std::vector<Task> answers;
    answers.emplace_back([append = std::move(append), done = std::move(done)]() mutable {
      done(std::move(append), unavailable());
    });
    completions_.post(std::move(answers));
    return;
  }
  ++queued_appends_;
  queued_bytes_ += bytes;
  appended_.push_back({.kind = MemoryRequest::append,
                       .run = [this, bytes, append = std::move(append), done = std::move(done)](
                                  Tables& tables, MemoryFault fault) mutable -> Task {
                         --queued_appends_;
                         queued_bytes_ -= bytes;
                         Result<Appended> result = unavailable();
                         if (fault != MemoryFault::refuse) result = memory::append(tables, append);
                         if (result && !result->duplicate) ++core_->stats.committed_messages;
                         if (fault == MemoryFault::lose_answer) result = unavailable();
                         return [append = std::move(append), done = std::move(done),
                                 result = std::move(result)]() mutable {
                           done(std::move(append), std::move(result));
                         };
                       }});
}

void Shard::submit() {
  const std::lock_guard lock(core_->mutex);
  submit_locked();
}

void Shard::submit_locked() {
  if (appended_.empty()) return;
  for (Job& job : appended_) writes_.waiting.push_back(std::move(job));
  appended_.clear();
  std::vector<Task> answers;
  pump(writes_, answers);
  if (!answers.empty()) completions_.post(std::move(answers));
}

void Shard::enqueue(Job job) {
  const std::lock_guard lock(core_->mutex);
  const MemoryRequest kind = job.kind;
  if (kind == MemoryRequest::change) submit_locked();
  line(kind).waiting.push_back(std::move(job));
  std::vector<Task> answers;
  pump(line(kind), answers);
  if (!answers.empty()) completions_.post(std::move(answers));
}

void Shard::pump(Line& line, std::vector<Task>& answers) {
  while (!line.waiting.empty() && !line.commit_delayed && !line.held_answer) {
    const MemoryFault fault = core_->closed   ? MemoryFault::refuse
                              : core_->decide ? core_->decide(line.waiting.front().kind)
                                              : MemoryFault::none;
    if (fault == MemoryFault::delay_commit) {
      line.commit_delayed = true;
    } else {
      run_head(line, fault, answers);
    }
  }
}

void Shard::run_head(Line& line, MemoryFault fault, std::vector<Task>& answers) {
  Job job = std::move(line.waiting.front());
  line.waiting.pop_front();
  Task answer = job.run(core_->tables, fault);
  if (job.kind != MemoryRequest::read && fault != MemoryFault::refuse) {
    ++core_->stats.commits;
    ++core_->stats.committed_jobs;
  }
  if (fault == MemoryFault::delay_answer) {
    line.held_answer = std::move(answer);
  } else {
    answers.push_back(std::move(answer));
  }
}

bool Shard::release_head(Line& line, std::vector<Task>& answers) {
  if (line.commit_delayed) {
    line.commit_delayed = false;
    run_head(line, MemoryFault::none, answers);
  } else if (line.held_answer) {
    answers.push_back(std::move(*line.held_answer));
    line.held_answer.reset();
  } else {
    return false;
  }
  pump(line, answers);
  return true;
}

bool Shard::release_locked() {
  std::vector<Task> answers;
  const bool wrote = release_head(writes_, answers);
  const bool read = release_head(reads_, answers);
  if (!answers.empty()) completions_.post(std::move(answers));
  return wrote || read;
}

void Shard::drain_locked() {
  submit_locked();
  while (release_locked()) {
  }
}

void Shard::attach(ChannelId channel, UserKey user, Callback<Attached> done) {
  request<Attached>(MemoryRequest::read, std::move(done), [channel, user](Tables& tables) {
    return memory::attach(tables, channel, user);
  });
}

void Shard::read(PageRequest page, Callback<Page> done) {
  request<Page>(MemoryRequest::read, std::move(done),
                [page](Tables& tables) { return memory::read(tables, page); });
}

void Shard::measure(ChannelId channel, Seq after, Callback<Measure> done) {
  request<Measure>(MemoryRequest::read, std::move(done), [channel, after](Tables& tables) {
    return memory::measure(tables, channel, after);
  });
}

void Shard::heads_since(std::optional<Position> position, AskedChannels asked,
                        Callback<Heads> done) {
  request<Heads>(MemoryRequest::read, std::move(done),
                 [position, asked = std::move(asked)](Tables& tables) {
                   return Result<Heads>(memory::heads_since(tables, position, asked));
                 });
}

}  // namespace kith::memory
