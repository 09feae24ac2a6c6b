#include "storage/write_queue.h"

#include <iterator>
#include <utility>

#include "engine/ports/for_all.h"

namespace kith {
namespace {

struct QueuedAnswers {
  std::vector<Submission> submissions;
  void operator()() {
    for_all(submissions, [](Submission& submission) {
      for_all(submission.jobs, [](QueuedWrite& job) {
        if (job.append) {
          job.append->done(std::move(job.append->append), std::move(*job.append->outcome));
        } else {
          job.job->finish();
        }
      });
    });
  }
};

// QueuedAnswers a submission that was not taken.
struct Refusal {
  Submission submission;
  Error error;
  void operator()() {
    for (QueuedWrite& job : submission.jobs) {
      if (job.append) {
        job.append->done(std::move(job.append->append), error);
      } else {
        job.job->fail(error);
        job.job->finish();
      }
    }
  }
};

}  // namespace

Error not_taken(bool closed) {
  return Error{.code = ErrorCode::unavailable,
               .message = closed ? "the store is closed" : "too much is waiting for the store",
               .retry_after = std::chrono::seconds(1)};
}

void refuse(Submission submission, const Error& error) {
  CompletionQueue* const shard = submission.shard;
  std::vector<Task> tasks;
  tasks.emplace_back(Refusal{.submission = std::move(submission), .error = error});
  shard->post(std::move(tasks));
}

void hand_over(std::vector<Submission>& batch) {
  while (!batch.empty()) {
    CompletionQueue* const shard = batch.front().shard;
    QueuedAnswers answers;
    std::vector<Submission> others;
    for (Submission& submission : batch) {
      (submission.shard == shard ? answers.submissions : others).push_back(std::move(submission));
    }
    batch = std::move(others);
    std::vector<Task> tasks;
    tasks.emplace_back(std::move(answers));
    shard->post(std::move(tasks));
  }
}

WriteQueue::Push WriteQueue::push(Submission& submission) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Push::closed;
    // An empty queue takes anything: one submission is bounded by its shard's turn.
    if (jobs_ > 0 && (jobs_ + submission.jobs.size() > limits_.jobs_max ||
                      bytes_ + submission.bytes > limits_.bytes_max)) {
      return Push::full;
    }
    jobs_ += submission.jobs.size();
    bytes_ += submission.bytes;
    submissions_.push_back(std::move(submission));
  }
  wake_.notify_one();
  return Push::taken;
}

bool WriteQueue::push_alone(AloneJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    alone_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

WriteQueue::Taken WriteQueue::take(std::size_t jobs_max,
                                   std::chrono::steady_clock::time_point deadline) {
  Taken taken;
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, deadline,
                   [this] { return closed_ || !submissions_.empty() || !alone_.empty(); });
  taken.alone = std::exchange(alone_, {});
  std::size_t room = jobs_max;
  while (room > 0 && !submissions_.empty()) {
    Submission& next = submissions_.front();
    if (next.jobs.size() <= room) {
      room -= next.jobs.size();
      jobs_ -= next.jobs.size();
      bytes_ -= next.bytes;
      taken.submissions.push_back(std::move(next));
      submissions_.pop_front();
      continue;
    }
    // Its rest stays at the head of the queue.
    Submission part{.shard = next.shard, .jobs = {}, .bytes = 0};
    const auto end = next.jobs.begin() + static_cast<std::ptrdiff_t>(room);
    part.jobs.assign(std::make_move_iterator(next.jobs.begin()), std::make_move_iterator(end));
    next.jobs.erase(next.jobs.begin(), end);
    for (const QueuedWrite& job : part.jobs) part.bytes += job.bytes;
    next.bytes -= part.bytes;
    jobs_ -= room;
    bytes_ -= part.bytes;
    room = 0;
    taken.submissions.push_back(std::move(part));
  }
  taken.closed = closed_ && taken.submissions.empty() && taken.alone.empty();
  return taken;
}

void WriteQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake_.notify_all();
  closing_.notify_all();
}

bool WriteQueue::await_close(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return closing_.wait_until(lock, deadline, [this] { return closed_; });
}

std::size_t WriteQueue::jobs() const {
  const std::lock_guard lock(mutex_);
  return jobs_;
}

}  // namespace kith
