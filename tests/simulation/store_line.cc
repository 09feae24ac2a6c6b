#include <utility>

#include "tests/simulation/store_model.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kBatchMax = 64;

}  // namespace

StoreLine::StoreLine(StoreModel& model, CompletionQueue& completions, Random random)
    : model_(model), completions_(completions), random_(random) {}

bool StoreLine::is_full() const {
  return waiting_.size() >= model_.plan().queue_messages_max;
}

void StoreLine::answer(Task task) {
  if (dead_) return;
  std::vector<Task> tasks;
  tasks.push_back(std::move(task));
  completions_.post(std::move(tasks));
}

void StoreLine::write(Job job) {
  if (dead_) return;
  waiting_.push_back(std::move(job));
  if (!committing_ && !answering_) start_batch();
}

void StoreLine::start_batch() {
  committing_ = true;
  model_.scheduler().after(model_.commit_time(random_), [self = shared_from_this()] {
    if (!self->dead_) self->commit();
  });
  // What comes until the commit begins is in it; taken here, so that a dying node can tell what was
  // being committed from what was only waiting.
  while (!waiting_.empty() && batch_.size() < kBatchMax) {
    batch_.push_back(std::move(waiting_.front()));
    waiting_.erase(waiting_.begin());
  }
}

void StoreLine::commit() {
  committing_ = false;
  std::vector<Task> answers;
  const bool down = model_.is_down();
  // A connection that is lost in the middle: all of it is committed, or nothing is.
  const Fate cut = random_.chance(500) ? Fate::refused : Fate::unknown;
  for (Job& job : std::exchange(batch_, {})) {
    answers.push_back(job(down ? cut : model_.fate(random_)));
  }
  answering_ = true;
  model_.scheduler().after(model_.answer_time(random_),
                           [self = shared_from_this(), answers = std::move(answers)]() mutable {
                             if (!self->dead_) self->answer_batch(std::move(answers));
                           });
}

void StoreLine::answer_batch(std::vector<Task> answers) {
  answering_ = false;
  completions_.post(std::move(answers));
  if (!waiting_.empty()) start_batch();
}

void StoreLine::read(Job job) {
  if (dead_) return;
  model_.scheduler().after(
      model_.commit_time(random_) / 2, [self = shared_from_this(), job = std::move(job)]() mutable {
        if (self->dead_) return;
        Fate fate = self->model_.fate(self->random_);
        if (fate == Fate::unknown) fate = Fate::refused;
        Task answer = job(fate);
        // What was read may be old by the time it is here.
        const bool late = self->random_.chance(150);
        self->model_.scheduler().after(
            late ? self->random_.time(1ms, 80ms) : self->model_.answer_time(self->random_),
            [self, answer = std::move(answer)]() mutable { self->answer(std::move(answer)); });
      });
}

void StoreLine::cut_off() {
  if (dead_) return;
  dead_ = true;
  if (committing_ && random_.chance(500)) {
    for (Job& job : batch_) job(Fate::unknown);
  }
  batch_.clear();
  waiting_.clear();
}

}  // namespace kith::simulation
