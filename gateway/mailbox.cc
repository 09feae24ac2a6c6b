#include "gateway/mailbox.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <iterator>
#include <utility>

namespace kith {

namespace {

// Thousands of answers at once (a storm) do not hold up the sockets.
constexpr std::chrono::milliseconds kSliceMax{1};

}  // namespace

void Mailbox::post(std::vector<Task> tasks) {
  if (tasks.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;  // `tasks` is destroyed behind the lock
    if (tasks_.empty()) {
      tasks_ = std::move(tasks);
    } else {
      tasks_.insert(tasks_.end(), std::make_move_iterator(tasks.begin()),
                    std::make_move_iterator(tasks.end()));
    }
  }
  wake();
}

// Whoever finds a handler on its way may rely on it: it lowers the flag before it looks.
void Mailbox::wake() {
  if (waking_.exchange(true)) return;
  boost::asio::post(io_, [this] {
    waking_ = false;
    drain();
  });
}

void Mailbox::drain() {
  if (next_ == batch_.size()) {
    batch_.clear();
    next_ = 0;
    const std::lock_guard lock(mutex_);
    batch_.swap(tasks_);
  }
  if (batch_.empty()) return;
  before_tasks_();
  const auto until = std::chrono::steady_clock::now() + kSliceMax;
  // What is left when the time is up, or a task throws, is gone on with.
  struct Rest {
    Mailbox& mailbox;
    ~Rest() {
      if (mailbox.next_ < mailbox.batch_.size() || mailbox.more_came()) mailbox.wake();
    }
  } const rest{*this};
  while (next_ < batch_.size() && std::chrono::steady_clock::now() < until) {
    Task task = std::move(batch_[next_++]);
    task();
  }
}

bool Mailbox::more_came() {
  const std::lock_guard lock(mutex_);
  return !tasks_.empty();
}

void Mailbox::close() {
  // Destroyed behind the lock.
  const std::vector<Task> begun = std::exchange(batch_, {});
  std::vector<Task> dropped;
  next_ = 0;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(tasks_);
}

}  // namespace kith
