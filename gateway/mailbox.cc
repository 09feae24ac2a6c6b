#include "gateway/mailbox.h"

#include <boost/asio/post.hpp>
#include <iterator>

namespace kith {

void Mailbox::post(std::vector<Task> tasks) {
  if (tasks.empty()) return;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;  // `tasks` is destroyed behind the lock
    wake = tasks_.empty();
    if (wake) {
      tasks_ = std::move(tasks);
    } else {
      tasks_.insert(tasks_.end(), std::make_move_iterator(tasks.begin()),
                    std::make_move_iterator(tasks.end()));
    }
  }
  if (wake) boost::asio::post(io_, [this] { drain(); });
}

void Mailbox::drain() {
  std::vector<Task> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(tasks_);
  }
  before_tasks_();
  for (Task& task : batch) task();
}

void Mailbox::close() {
  std::vector<Task> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(tasks_);
}

}  // namespace kith
