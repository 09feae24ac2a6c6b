#include "engine/session.h"

#include "engine/channel.h"

namespace kith {

Subscription* Session::find(const ChannelId& channel) const {
  for (const auto& subscription : subscriptions) {
    if (subscription->channel->id == channel) return subscription.get();
  }
  return nullptr;
}

Subscription* Session::find(std::uint64_t serial) const {
  for (const auto& subscription : subscriptions) {
    if (subscription->serial == serial) return subscription.get();
  }
  return nullptr;
}

bool Session::follows(IdKind kind) const {
  switch (kind) {
    case IdKind::chat:
      return follow_chats;
    case IdKind::club:
      return follow_clubs;
    case IdKind::event:
      return follow_events;
    default:
      return false;
  }
}

Session& SessionTable::add() {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Slot& entry = slots_[slot];
  ++entry.generation;
  entry.session = std::make_unique<Session>();
  entry.session->ref = SessionRef{slot, entry.generation};
  ++size_;
  return *entry.session;
}

Session* SessionTable::find(SessionRef ref) const {
  if (ref.slot >= slots_.size() || slots_[ref.slot].generation != ref.generation) return nullptr;
  return slots_[ref.slot].session.get();
}

void SessionTable::remove(SessionRef ref) {
  KITH_ASSERT(find(ref) != nullptr);
  slots_[ref.slot].session.reset();
  free_.push_back(ref.slot);
  --size_;
}

}  // namespace kith
