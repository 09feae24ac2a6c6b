#include "engine/hub.h"

#include <algorithm>

#include "engine/broadcast_desk.h"

namespace kith {

namespace {

// How far a fan-out looks ahead: 5 % of what a delivery costs with 5,000 subscribers.
constexpr std::size_t kAhead = 4;
constexpr auto kHeldMax = std::chrono::milliseconds(250);  // of a crowd, behind another one
// What is gathered for one. It may differ from reader to reader, and is then copied for each.
constexpr std::size_t kGatheredMax = 16 * 1024;

bool contains(const std::vector<SessionRef>& refs, SessionRef ref) {
  return std::find(refs.begin(), refs.end(), ref) != refs.end();
}

}  // namespace

Channel* Hub::find(const ChannelId& id) {
  const auto it = channels_.find(id);
  return it == channels_.end() ? nullptr : &it->second;
}

Channel& Hub::obtain(const ChannelId& id) {
  const auto [it, made] = channels_.try_emplace(id);
  if (made) {
    it->second.id = id;
    context_.ports.bus.follow(id);
  }
  return it->second;
}

void Hub::add_member(Subscription& subscription) {
  auto& members = subscription.channel->members;
  subscription.member_index = static_cast<std::uint32_t>(members.size());
  members.push_back(&subscription);
  if (subscription.wants_presence) ++subscription.channel->watchers;
}

void Hub::remove_member(Subscription& subscription) {
  if (subscription.mode == Subscription::Mode::live) leave(subscription);
  Channel& channel = *subscription.channel;
  channel.members.back()->member_index = subscription.member_index;
  channel.members[subscription.member_index] = channel.members.back();
  channel.members.pop_back();
  if (subscription.wants_presence) --channel.watchers;
  if (channel.members.empty()) empty_.push_back(channel.id);
}

void Hub::join(Subscription& subscription) {
  Channel& channel = *subscription.channel;
  flush_channel(channel);
  subscription.mode = Subscription::Mode::live;
  subscription.live_index = static_cast<std::uint32_t>(channel.live.size());
  channel.live.push_back({&subscription, subscription.session->sink});
}

void Hub::leave(Subscription& subscription) {
  Channel& channel = *subscription.channel;
  flush_channel(channel);
  // The flush may have found the session over its budget; it is still in the list then.
  channel.live.back().subscription->live_index = subscription.live_index;
  channel.live[subscription.live_index] = channel.live.back();
  channel.live.pop_back();
  subscription.mode = Subscription::Mode::paused;
  subscription.cursor = subscription.behind_at.value_or(channel.sequencer.delivered());
  subscription.behind_at.reset();
}

Segment& Hub::say(Channel& channel, std::string_view frame, Tier tier, std::uint64_t state_key) {
  if (tier != Tier::durable) make_room(channel);
  if (!channel.dirty) {
    channel.dirty = true;
    dirty_.push_back(&channel);
  }
  if (!channel.chunk) channel.chunk = std::make_unique<TurnChunk>();
  Segment& segment = channel.chunk->add(frame, tier);
  segment.state_key = state_key;
  if (tier != Tier::durable) channel.chunk->uniform = false;
  return segment;
}

void Hub::say_durable(Channel& channel, const Sequenced& item) {
  Segment& segment = say(channel, item.event->frame, Tier::durable);
  segment.seq = item.event->seq;
  segment.counted = item.event->event.type == EventType::club_broadcast;
  channel.chunk->counted |= segment.counted;
  if (item.origin) {
    segment.origin = item.origin;
    channel.chunk->add_ack(segment, item.ack);
    if (!contains(channel.chunk->origins, *item.origin)) {
      channel.chunk->origins.push_back(*item.origin);
    }
  } else if (!item.event->sender_ack.empty()) {
    segment.acked_user = item.event->user;
    channel.chunk->add_ack(segment, item.event->sender_ack);
    channel.chunk->uniform = false;
  }
}

void Hub::make_room(Channel& channel) {
  if (!is_crowd(channel) || !channel.chunk || channel.chunk->empty()) return;
  if (channel.chunk->bytes->size() >= kGatheredMax) flush_channel(channel);
}

void Hub::flush_channel(Channel& channel) {
  if (!channel.chunk || channel.chunk->empty()) return;
  const TurnChunk& chunk = *channel.chunk;
  const auto& bytes = said_.emplace_back(chunk.bytes);
  said_bytes_ += bytes->size();
  const auto count = static_cast<std::uint32_t>(chunk.segments.size());
  mark_apart(chunk);
  std::size_t behind = 0;
  for (std::size_t i = 0; i < channel.live.size(); ++i) {
    if (i + kAhead < channel.live.size()) channel.live[i + kAhead].sink->expect_write();
    const Live& live = channel.live[i];
    SessionSink& sink = *live.sink;
    if (chunk.uniform && !sink.apart && sink.queued_bytes() + bytes->size() <= budget() / 2)
        [[likely]] {
      sink.write_shared(bytes, count);
      context_.counters.deliveries += count;
    } else {
      behind += copy_apart(channel, *live.subscription) ? 0 : 1;
    }
  }
  unmark_apart(chunk);
  if (chunk.counted) count_broadcasts(channel, channel.live.size() - behind);
  if (!channel.chunk->uniform && channel.members.size() > channel.live.size()) {
    for (const Subscription* member : channel.members) {
      const bool caught_up = member->mode != Subscription::Mode::live && !member->request;
      if (caught_up) keep_states(channel, *member);
    }
  }
  channel.chunk->clear();
}

void Hub::flush() {
  const SteadyTime now = context_.now.steady;
  const bool hold = crowds_wait_ && now < held_until_;
  if (!hold) held_until_ = now + kHeldMax;
  // Who shares a turn with a crowd does not stand behind it.
  const auto crowds = std::stable_partition(
      dirty_.begin(), dirty_.end(), [this](const Channel* channel) { return !is_crowd(*channel); });
  const auto end = hold ? crowds : dirty_.end();
  // A flush adds to no chunk; join and leave in between may have emptied some.
  std::for_each(dirty_.begin(), end, [this](Channel* channel) {
    flush_channel(*channel);
    channel->dirty = false;
  });
  dirty_.erase(dirty_.begin(), end);
  for (const ChannelId& id : empty_) {
    const auto it = channels_.find(id);
    if (it == channels_.end() || !it->second.members.empty()) continue;
    context_.ports.bus.unfollow(id);
    // Who left while their own message waited for an earlier one still has its ack to come.
    for (const Sequenced& item : it->second.sequencer.drop_held()) {
      Session* session = item.origin ? context_.sessions->find(*item.origin) : nullptr;
      if (session != nullptr) session->sink->write(item.ack);
    }
    channels_.erase(it);
  }
  empty_.clear();
}

void Hub::mark_apart(const TurnChunk& chunk) {
  for (const SessionRef ref : chunk.origins) {
    if (Session* session = context_.sessions->find(ref)) session->sink->apart = true;
  }
}

void Hub::unmark_apart(const TurnChunk& chunk) {
  for (const SessionRef ref : chunk.origins) {
    if (Session* session = context_.sessions->find(ref)) session->sink->apart = session->lagging;
  }
}

void Hub::count_broadcasts(const Channel& channel, std::size_t sessions) {
  for (const Segment& segment : channel.chunk->segments) {
    if (segment.counted) context_.broadcasts->delivered(channel.id, segment.seq, sessions);
  }
}

bool Hub::copy_apart(Channel& channel, Subscription& subscription) {
  Session& session = *subscription.session;
  const TurnChunk& chunk = *channel.chunk;
  if (session.lagging) {  // fell behind earlier in this turn: its acks still go out
    fall_behind(channel, subscription);
    return false;
  }
  const std::size_t after = session.sink->queued_bytes() + chunk.bytes->size();
  if (after > budget() && session.sink->queued_bytes() > 0) {
    session.lagging = session.sink->apart = true;
    ++context_.counters.fell_behind;
    fallen_.push_back(session.ref);
    fall_behind(channel, subscription);
    return false;
  }
  copy_selected(channel, session, subscription.watches());
  return true;
}

void Hub::copy_selected(const Channel& channel, Session& session, bool watches) {
  const TurnChunk& chunk = *channel.chunk;
  std::uint32_t run_begin = 0;
  std::uint32_t run_end = 0;
  std::uint32_t run_frames = 0;
  const auto write_run = [&] {
    if (run_end > run_begin) {
      session.sink->write(std::string_view(*chunk.bytes).substr(run_begin, run_end - run_begin),
                          run_frames);
    }
    run_begin = run_end = run_frames = 0;
  };
  for (const Segment& segment : chunk.segments) {
    if (segment.origin == session.ref) {
      write_run();
      session.sink->write(chunk.ack(segment));
      continue;
    }
    if (!wants(segment, session, watches) || !affords(segment, channel, session)) {
      write_run();
      continue;
    }
    if (segment.acked_user == session.identity.user) {
      write_run();
      session.sink->write(chunk.ack(segment));
    }
    if (run_end == 0) run_begin = segment.begin;
    run_end = segment.end;
    ++run_frames;
    ++context_.counters.deliveries;
  }
  write_run();
}

bool Hub::wants(const Segment& segment, const Session& session, bool watches) const {
  if (segment.watchers_only && !watches) return false;
  if (segment.except_user == session.identity.user) return false;
  return !(segment.except_session == session.ref);
}

}  // namespace kith
