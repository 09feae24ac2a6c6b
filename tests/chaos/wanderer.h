// A recorded client that lives on several nodes by itself, through whatever befalls them: it writes
// at a steady pace, sends again what was refused, and where its node goes, or says nothing for as
// long as it has patience, it resumes on the next one and repeats what nobody has answered.
#pragma once

#include <vector>

#include "tests/chaos/recorded_client.h"

namespace kith::test {

class Wanderer final : public RecordedClient {
 public:
  struct Ways {
    std::vector<const TestServer*> nodes;  // to choose from, in this order
    std::size_t first = 0;
    std::chrono::milliseconds every{20};  // from one message to the next
  };
  Wanderer(HistoryBook& book, Options options, Ways ways);
  ~Wanderer() override;

  void live();  // in a thread of its own, until stop() and all of it answered
  void move_to(std::size_t node);

  // When the youngest of the answered messages had been sent.
  Clock::time_point answered_up_to() const { return Clock::time_point(answered_up_to_.load()); }
  // The longest that a message has waited for any answer.
  std::chrono::milliseconds slowest_answer() const {
    return std::chrono::milliseconds(slowest_ms_.load());
  }
  std::size_t moves() const { return moves_; }

 private:
  void wander();
  bool stay();  // true: nothing is left to be done
  bool may_send(Clock::time_point now) const;
  void send_one(const std::string& client_message_id, Clock::time_point now);
  void note_answer(const std::string& client_message_id);
  void on_acked(const std::string& client_message_id) override;
  void on_unavailable(const std::string& client_message_id) override;

  const Ways ways_;
  std::vector<std::string> refused_;               // to be sent again
  std::map<std::string, Clock::time_point> sent_;  // of those that nobody has answered
  std::atomic<int> wanted_node_ = -1;
  std::atomic<std::size_t> moves_ = 0;
  std::atomic<Clock::duration> answered_up_to_{};
  std::atomic<std::int64_t> slowest_ms_ = 0;
  std::atomic<bool> abandoned_ = false;
};

}  // namespace kith::test
