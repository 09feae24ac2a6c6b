// One way out of the server: takes what is due from the outbox, as much as it has threads for, has
// it sent, and says what became of it. As many nodes as there are do the same; the outbox gives
// each thing to one of them at a time.
//
// What is claimed is being sent at once, so nothing waits in memory: the queue is the outbox. What
// a crash, or a store that is down, keeps from being settled is sent again when its lease is over,
// with the same id.
//
// A notification whose user has a socket here when it comes up is dropped: they have been told.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "engine/ports/completion_queue.h"
#include "engine/ports/outbox.h"
#include "gateway/outgoing/outgoing_stats.h"
#include "gateway/outgoing/seen_notices.h"
#include "gateway/outgoing/sender.h"

namespace kith {

using OpenOutbox = std::function<std::shared_ptr<Outbox>(CompletionQueue&)>;

class OutgoingLane {
 public:
  struct Options {
    OutgoingChannel channel = OutgoingChannel::web_hook;
    std::uint32_t threads = 2;
    std::uint32_t attempts_max = 14;
    std::chrono::seconds retry_first{5};
    std::chrono::seconds lease{60};  // longer than a send can take
    std::function<bool(const UserId&)> has_socket;
    SeenNotices* seen = nullptr;                     // to be told to the outbox; one lane does
    std::chrono::milliseconds stop_patience{3'000};  // with what is being sent
  };

  // `open` is called at once; what it gives is used on a thread of this object's own.
  OutgoingLane(std::unique_ptr<const Sender> sender, const OpenOutbox& open, Options options);
  ~OutgoingLane();  // stop()

  // Takes no more; what is being sent has stop_patience, then it is cut off, to be sent again by
  // whoever is next. Blocks. While the store is still open. Idempotent.
  void stop();
  // Several of them, which may be null, at once: it takes as long as the slowest.
  static void stop_together(std::span<OutgoingLane* const> lanes);
  LaneStats stats() const;

 private:
  class Tasks;
  using Clock = std::chrono::steady_clock;

  void begin_stop();
  void cut_off();  // once its patience is over
  void join();
  void dispatch();
  void work();
  bool fetch(std::size_t free);
  void settle_results();
  void tell_seen();
  Settlement judge(const Delivery& delivery, const SendOutcome& outcome) const;
  void count(const Settlement& settlement);
  void count_verdict(const Delivery& delivery, const SendOutcome& outcome);
  template <typename T, typename Call>
  Result<T> await(Call call);
  void note_store(bool works, const std::string& reason);

  const std::unique_ptr<const Sender> sender_;
  const Options options_;
  std::unique_ptr<Tasks> tasks_;
  std::shared_ptr<Outbox> outbox_;
  std::atomic<bool> cut_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;  // of the dispatcher
  std::condition_variable work_;  // of those who send
  std::deque<Delivery> jobs_;     // guarded, as all up to patient_until_
  std::vector<Settlement> results_;
  std::size_t in_flight_ = 0;
  bool look_soon_ = false;  // somebody has become free
  bool stopping_ = false;
  Clock::time_point patient_until_{};  // once stopping_

  // The dispatcher's alone.
  std::vector<Settlement> unsettled_;
  Clock::time_point next_look_{};
  bool store_works_ = true;

  std::array<std::atomic<std::uint64_t>, 4> outcomes_{};  // by OutgoingOutcome
  std::atomic<std::uint64_t> moot_ = 0;
  std::atomic<std::uint64_t> hidden_ = 0;
  std::atomic<std::uint64_t> late_ = 0;
  std::atomic<std::uint64_t> lag_ms_ = 0;
  std::atomic<std::uint32_t> waiting_ = 0;
  std::atomic<std::uint32_t> dead_kept_ = 0;
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace kith
