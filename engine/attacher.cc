#include "engine/attacher.h"

#include <algorithm>

#include "engine/connections.h"
#include "engine/delivery.h"
#include "engine/hub.h"
#include "engine/leaderboards.h"
#include "engine/presence_tracker.h"
#include "engine/receipts.h"
#include "engine/replies.h"
#include "protocol/failpoint.h"

namespace kith {

using Mode = Subscription::Mode;

void Attacher::subscribe(Session& session, const ChannelId& id, AttachRequest request,
                         bool wants_presence) {
  answer_replaced(session, id);
  unsubscribe(session, id);
  if (session.subscriptions.size() >= context_.options.channels_per_socket) {
    if (request.by_follow) return;
    write_error(context_, session,
                {.id = request.id,
                 .code = ErrorCode::too_large,
                 .message = "too many channels on one socket",
                 .channel = id.text()});
    return;
  }
  add(session, id, std::move(request), wants_presence);
  if (session.work.size() == 1) work(session);
}

void Attacher::add(Session& session, const ChannelId& id, AttachRequest request,
                   bool wants_presence) {
  auto subscription = std::make_unique<Subscription>();
  subscription->session = &session;
  subscription->channel = &context_.hub->obtain(id);
  subscription->serial = next_serial_++;
  subscription->wants_presence = wants_presence;
  subscription->request = std::make_unique<AttachRequest>(std::move(request));
  context_.hub->add_member(*subscription);
  add_work(*subscription);
  session.subscriptions.push_back(std::move(subscription));
}

bool Attacher::prepare(Session& session, const ChannelId& id, AttachRequest request) {
  if (session.subscriptions.size() >= context_.options.channels_per_socket) return false;
  add(session, id, std::move(request), false);
  return true;
}

void Attacher::admitted(Session& session, std::vector<Result<Attached>> channels) {
  KITH_ASSERT(channels.size() == session.subscriptions.size());
  for (std::size_t i = 0; i < channels.size(); ++i) {
    session.subscriptions[i]->request->word =
        std::make_unique<Result<Attached>>(std::move(channels[i]));
  }
  work(session);
}

bool Attacher::unsubscribe(Session& session, const ChannelId& id) {
  Subscription* subscription = session.find(id);
  if (subscription == nullptr) return false;
  remove(session, *subscription);
  return true;
}

void Attacher::catch_up(Session& session) {
  for (const auto& subscription : session.subscriptions) {
    if (subscription->mode != Mode::live) continue;
    context_.hub->leave(*subscription);
    add_work(*subscription);
  }
  session.lagging = session.sink->apart = false;  // only now: to leave is to be written to
}

void Attacher::catch_up(Channel& channel) {
  const auto live = channel.live;
  for (const Live& one : live) {
    context_.hub->leave(*one.subscription);
    add_work(*one.subscription);
  }
}

void Attacher::on_drained(Session& session) {
  if (session.work.empty()) return;
  Subscription* subscription = session.find(session.work.front());
  if (subscription != nullptr && subscription->mode == Mode::paused) step(session, *subscription);
}

void Attacher::on_advanced(Channel& channel) {
  std::vector<std::pair<SessionRef, std::uint64_t>> waiting;
  for (const Subscription* member : channel.members) {
    if (member->mode == Mode::waiting) waiting.emplace_back(member->session->ref, member->serial);
  }
  for (const auto& [ref, serial] : waiting) {
    Session* session = context_.sessions->find(ref);
    Subscription* subscription = session == nullptr ? nullptr : session->find(serial);
    if (subscription != nullptr) step(*session, *subscription);
  }
}

void Attacher::retry() {
  std::vector<SessionRef> refs;
  context_.sessions->for_each([&](const Session& session) {
    if (!session.work.empty()) refs.push_back(session.ref);
  });
  for (const SessionRef ref : refs) {
    if (Session* session = context_.sessions->find(ref)) on_drained(*session);
  }
}

void Attacher::remove_all(Session& session) {
  session.work.clear();
  while (!session.subscriptions.empty()) remove(session, *session.subscriptions.back());
}

void Attacher::remove(Session& session, Subscription& subscription) {
  const std::uint64_t serial = subscription.serial;
  if (subscription.mode == Mode::live) context_.hub->flush_channel(*subscription.channel);
  // What was kept for a slow reader is of no concern to who has left, and older than what
  // `subscribed` says to who comes again.
  std::erase_if(session.pending_state, [&](const PendingState& pending) {
    return pending.channel == subscription.channel->id;
  });
  context_.hub->remove_member(subscription);
  if (subscription.present) context_.presence->left(*subscription.channel, session.identity.user);
  std::erase_if(session.subscriptions, [&](const auto& s) { return s->serial == serial; });
  const auto it = std::find(session.work.begin(), session.work.end(), serial);
  if (it == session.work.end()) return;
  const bool was_first = it == session.work.begin();
  session.work.erase(it);
  if (was_first) work(session);
}

// Where the store's word is there already, a channel is done with at once and the next one begins:
// tens of thousands in a row, so not one within the other.
void Attacher::work(Session& session) {
  if (session.working) return;  // the call further down the stack goes on
  session.working = true;
  const SessionRef ref = session.ref;
  Session* alive = &session;
  while (!alive->work.empty()) {
    const std::uint64_t serial = alive->work.front();
    Subscription* subscription = alive->find(serial);
    KITH_ASSERT(subscription != nullptr);
    if (subscription->mode == Mode::paused) {
      step(*alive, *subscription);
    } else if (subscription->mode == Mode::queued) {
      open(*alive, *subscription);
    }
    alive = context_.sessions->find(ref);
    if (alive == nullptr) return;
    if (!alive->work.empty() && alive->work.front() == serial) break;  // it is under way
  }
  alive->working = false;
}

void Attacher::open(Session& session, Subscription& subscription) {
  subscription.mode = Mode::opening;
  if (subscription.request->word) {
    const auto word = std::move(subscription.request->word);
    opened(session, subscription, std::move(*word));
    return;
  }
  ask(session, subscription);
}

void Attacher::ask(Session& session, Subscription& subscription) {
  context_.ports.log.attach(subscription.channel->id, session.identity.key,
                            resume<Attached>(session, subscription, &Attacher::opened));
}

void Attacher::opened(Session& session, Subscription& subscription, Result<Attached> attached) {
  KITH_FAILPOINT("attach_answer");
  if (!attached) {
    refuse(session, subscription, attached.error());
    return;
  }
  if (attached->head < subscription.right_ended) {
    refuse(session, subscription,
           fail(ErrorCode::forbidden, "no such channel, or not yours to see"));
    return;
  }
  Channel& channel = *subscription.channel;
  if (attached->head < channel.sequencer.opened_at()) {
    // A later answer has overtaken this one and opened the channel at its own position. What lies
    // between, the end of this very right perhaps, was passed over here: the store must say it.
    ask(session, subscription);
    return;
  }
  subscription.attached = true;
  subscription.right_seen = attached->head;
  const Seq head = attached->head;
  // The word may have waited for its turn: what happened since is newer.
  AttachRequest& request = *subscription.request;
  request.head = head;
  context_.receipts->told(channel, attached->receipts);
  if (request.mute_changed <= head) {
    subscription.muted_until = attached->muted_until;
    subscription.blocked = attached->blocked;
  }
  for (const Receipt& raised : std::exchange(request.receipts, std::move(attached->receipts))) {
    raise_receipt(request.receipts, raised.user, raised.last_read_seq);
  }
  const SessionRef ref = session.ref;
  const std::uint64_t serial = subscription.serial;
  if (!channel.sequencer.is_open()) {
    context_.delivery->open(channel, head);
  } else {
    channel.sequencer.note_head(head);
  }
  // Counted on by the events that are delivered: right where it is of the same position.
  if (channel.sequencer.delivered() == head) channel.participants = attached->participants;
  // Who looks at a board is nobody's business; on one's own channel there is nobody else.
  if (channel.id.kind != IdKind::user && channel.id.kind != IdKind::board) {
    subscription.present = true;
    context_.presence->entered(channel, session.identity.user);
  }
  // Events that were waiting for the head may end this very session's right.
  context_.delivery->pump(channel);
  Session* alive = context_.sessions->find(ref);
  Subscription* current = alive == nullptr ? nullptr : alive->find(serial);
  if (current != nullptr) start(*alive, *current, head);
}

void Attacher::start(Session& session, Subscription& subscription, Seq head) {
  AttachRequest& request = *subscription.request;
  const Seq delivered = subscription.channel->sequencer.delivered();
  const Seq top = std::max(delivered, head);
  subscription.cursor = top;
  if (request.after && request.position_good && *request.after <= top) {
    if (top - *request.after > limits::kReplayEventsMax) {
      request.gap_from = *request.after + 1;
    } else {
      request.recovered = true;
      subscription.cursor = *request.after;
      if (subscription.cursor < delivered) ++context_.counters.replays;
    }
  }
  step(session, subscription);
}

void Attacher::step(Session& session, Subscription& subscription) {
  const Seq delivered = subscription.channel->sequencer.delivered();
  const AttachRequest* request = subscription.request.get();
  if (request != nullptr && !request->recovered) {
    subscription.cursor = std::max(subscription.cursor, delivered);
  }
  if (subscription.cursor < delivered) {
    if (session.sink->queued_bytes() > context_.hub->budget() / 4) {
      subscription.mode = Mode::paused;
      return;
    }
    if (!replay_window(session, subscription)) {
      if (!share_page(subscription)) read(session, subscription);
      return;
    }
  }
  // What was committed before the client asked belongs to the replay, with the content of now, or
  // to what lies before the beginning: live it would come as it was first said, deleted or edited
  // as it may have been since.
  if (subscription.cursor > delivered || (request != nullptr && request->head > delivered)) {
    subscription.mode = Mode::waiting;
  } else if (request != nullptr) {
    finish(session, subscription, request->recovered, request->gap_from);
  } else {
    finish(session, subscription, false, std::nullopt);
  }
}

void Attacher::finish(Session& session, Subscription& subscription, bool recovered,
                      std::optional<Seq> gap_from) {
  if (gap_from) ++context_.counters.gaps_told;
  if (subscription.request || gap_from) {
    write_subscribed(session, subscription, recovered, gap_from);
  }
  // What was said before is part of what it has just been told.
  if (subscription.request) context_.hub->flush_channel(*subscription.channel);
  subscription.request.reset();
  subscription.alone = false;
  context_.delivery->note_delivered(*subscription.channel);
  context_.hub->join(subscription);
  if (subscription.channel->id.kind == IdKind::board) {
    context_.leaderboards->followed(*subscription.channel);
  }
  context_.connections->write_pending_state(session);
  KITH_ASSERT(!session.work.empty() && session.work.front() == subscription.serial);
  session.work.erase(session.work.begin());
  if (session.work.empty()) session.work.shrink_to_fit();
  work(session);
}

}  // namespace kith
