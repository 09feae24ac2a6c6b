// Which channels Redis should send to this node, and which it has been asked for. Changes are
// brought to it in batches, and no more of them than a bound are unanswered at a time: a node of
// 100,000 channels that comes back does not bury Redis. What changes its mind before its turn costs
// nothing.
//
// Thread: one at a time; the owner locks.
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "protocol/ids.h"

namespace kith {

class RedisSubscriptions {
 public:
  static constexpr std::size_t kBatchMax = 256;
  static constexpr std::size_t kUnansweredMax = 1024;

  struct Batch {
    std::vector<ChannelId> subscribe;
    std::vector<ChannelId> unsubscribe;
    bool empty() const { return subscribe.empty() && unsubscribe.empty(); }
  };

  void follow(const ChannelId& channel) { want(channel, true); }
  void unfollow(const ChannelId& channel) { want(channel, false); }

  // A new connection knows of nothing: all that is wanted is to be asked for. How many that is.
  std::size_t restart();
  // The next ones to ask for; empty where there are none, or too many are unanswered.
  Batch next();
  // Redis has answered for one channel.
  void answered() { unanswered_ -= unanswered_ > 0 ? 1 : 0; }
  // All that was wanted at restart() has been asked for.
  bool caught_up() const { return catching_up_ == 0; }

  bool wants(const ChannelId& channel) const;
  std::size_t wanted() const { return wanted_; }

 private:
  struct State {
    bool wanted = false;
    bool asked_for = false;
    bool listed = false;  // in changed_
  };
  void want(const ChannelId& channel, bool wanted);
  void list(const ChannelId& channel, State& state);

  std::unordered_map<ChannelId, State, IdHash> channels_;
  std::deque<ChannelId> changed_;  // each once
  std::size_t wanted_ = 0;
  std::size_t unanswered_ = 0;
  std::size_t catching_up_ = 0;  // of changed_, the first so many
};

}  // namespace kith
