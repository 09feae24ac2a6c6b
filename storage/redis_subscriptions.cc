#include "storage/redis_subscriptions.h"

namespace kith {

void RedisSubscriptions::want(const ChannelId& channel, bool wanted) {
  const auto at = channels_.find(channel);
  if (at == channels_.end()) {
    if (!wanted) return;
    ++wanted_;
    State& state = channels_[channel];
    state.wanted = true;
    list(channel, state);
    return;
  }
  State& state = at->second;
  if (state.wanted == wanted) return;
  state.wanted = wanted;
  wanted_ += wanted ? 1 : std::size_t(-1);
  list(channel, state);
}

void RedisSubscriptions::list(const ChannelId& channel, State& state) {
  if (state.listed) return;
  state.listed = true;
  changed_.push_back(channel);
}

std::size_t RedisSubscriptions::restart() {
  changed_.clear();
  unanswered_ = 0;
  for (auto at = channels_.begin(); at != channels_.end();) {
    if (!at->second.wanted) {
      at = channels_.erase(at);
      continue;
    }
    at->second = {.wanted = true, .asked_for = false, .listed = true};
    changed_.push_back(at->first);
    ++at;
  }
  catching_up_ = changed_.size();
  return catching_up_;
}

RedisSubscriptions::Batch RedisSubscriptions::next() {
  Batch batch;
  std::size_t size = 0;
  while (!changed_.empty() && size < kBatchMax && unanswered_ < kUnansweredMax) {
    const ChannelId channel = changed_.front();
    changed_.pop_front();
    if (catching_up_ > 0) --catching_up_;
    const auto at = channels_.find(channel);
    State& state = at->second;
    state.listed = false;
    const bool news = state.wanted != state.asked_for;
    state.asked_for = state.wanted;
    if (news) {
      (state.wanted ? batch.subscribe : batch.unsubscribe).push_back(channel);
      ++unanswered_;
      ++size;
    }
    if (!state.wanted) channels_.erase(at);
  }
  return batch;
}

bool RedisSubscriptions::wants(const ChannelId& channel) const {
  const auto at = channels_.find(channel);
  return at != channels_.end() && at->second.wanted;
}

}  // namespace kith
