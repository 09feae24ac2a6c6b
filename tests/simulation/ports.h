// What the ports of a shard have in common: a request becomes a job of the shard's line, which
// carries it out, or not, as its fate is.
#pragma once

#include <memory>
#include <utility>

#include "storage/memory_shard.h"
#include "tests/simulation/store_model.h"

namespace kith::simulation {

class Ports {
 public:
  explicit Ports(std::shared_ptr<StoreLine> line) : line_(std::move(line)) {}

 protected:
  template <typename T, typename Work>
  void read(Callback<T> done, Work work) {
    line_->read(job<T>(std::move(done), std::move(work)));
  }
  template <typename T, typename Work>
  void change(Callback<T> done, Work work) {
    line_->write(job<T>(std::move(done), std::move(work)));
  }
  StoreModel& model() { return line_->model(); }

  std::shared_ptr<StoreLine> line_;

 private:
  template <typename T, typename Work>
  StoreLine::Job job(Callback<T> done, Work work) {
    return [&model = model(), done = std::move(done),
            work = std::move(work)](Fate fate) mutable -> Task {
      Result<T> result = memory::unavailable();
      if (fate != Fate::refused) result = work(model);
      if (fate == Fate::unknown) result = memory::unavailable();
      return [done = std::move(done), result = std::move(result)]() mutable {
        if (done) done(std::move(result));
      };
    };
  }
};

}  // namespace kith::simulation
