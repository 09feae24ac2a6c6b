#include "engine/attacher.h"

#include <algorithm>

#include "engine/connections.h"
#include "engine/delivery.h"
#include "engine/hub.h"
#include "engine/presence_tracker.h"
#include "engine/replies.h"

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
  auto subscription = std::make_unique<Subscription>();
  subscription->session = &session;
  subscription->channel = &context_.hub->obtain(id);
  subscription->serial = next_serial_++;
  subscription->wants_presence = wants_presence;
  subscription->request = std::move(request);
  context_.hub->add_member(*subscription);
  add_work(*subscription);
  session.subscriptions.push_back(std::move(subscription));
  if (session.work.size() == 1) work(session);
}

void Attacher::answer_replaced(Session& session, const ChannelId& id) {
  const Subscription* subscription = session.find(id);
  if (subscription == nullptr || !subscription->request) return;
  if (subscription->request->id.empty()) return;
  write_error(context_, session,
              {.id = subscription->request->id,
               .code = ErrorCode::conflict,
               .message = "unsubscribed or subscribed again meanwhile",
               .channel = id.text()});
}

bool Attacher::unsubscribe(Session& session, const ChannelId& id) {
  Subscription* subscription = session.find(id);
  if (subscription == nullptr) return false;
  remove(session, *subscription);
  return true;
}

bool Attacher::lose_right(Session& session, const ChannelId& id, CloseCode path_code) {
  if (id.is_chat() && session.socket.chat == id.chat()) {
    context_.connections->close(session, path_code, "no longer in this chat");
    return false;
  }
  Subscription* subscription = session.find(id);
  if (subscription != nullptr && subscription->mode == Mode::live) {
    context_.hub->flush_channel(*subscription->channel);
  }
  if (subscription == nullptr) return true;
  // Still to be answered: that is the answer.
  const std::string asked = subscription->request ? subscription->request->id : std::string();
  unsubscribe(session, id);
  if (asked.empty()) {
    write_unsubscribed(session, {}, id, "forbidden");
  } else {
    write_error(context_, session,
                {.id = asked,
                 .code = ErrorCode::forbidden,
                 .message = "no such channel, or not yours to see",
                 .channel = id.text()});
  }
  return true;
}

void Attacher::add_work(Subscription& subscription) {
  subscription.session->work.push_back(subscription.serial);
  subscription.session->sink->wants_drained = true;
}

void Attacher::catch_up(Session& session) {
  session.lagging = session.sink->apart = false;
  for (const auto& subscription : session.subscriptions) {
    if (subscription->mode != Mode::live) continue;
    context_.hub->leave(*subscription);
    add_work(*subscription);
  }
}

void Attacher::catch_up(Channel& channel) {
  const std::vector<Live> live = channel.live;
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
  context_.hub->remove_member(subscription);
  if (subscription.present) context_.presence->left(*subscription.channel, session.identity.user);
  std::erase_if(session.subscriptions, [&](const auto& s) { return s->serial == serial; });
  const auto it = std::find(session.work.begin(), session.work.end(), serial);
  if (it == session.work.end()) return;
  const bool was_first = it == session.work.begin();
  session.work.erase(it);
  if (was_first) work(session);
}

void Attacher::work(Session& session) {
  if (session.work.empty()) return;
  Subscription* subscription = session.find(session.work.front());
  KITH_ASSERT(subscription != nullptr);
  if (subscription->attached) {
    step(session, *subscription);
  } else if (subscription->mode == Mode::queued) {
    open(session, *subscription);
  }
}

void Attacher::open(Session& session, Subscription& subscription) {
  subscription.mode = Mode::opening;
  context_.ports.log.attach(subscription.channel->id, session.identity.key,
                            resume<Attached>(session, subscription, &Attacher::opened));
}

void Attacher::opened(Session& session, Subscription& subscription, Result<Attached> attached) {
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
  subscription.attached = true;
  subscription.muted_until = attached->muted_until;
  subscription.right_seen = attached->head;
  subscription.receipts = std::move(attached->receipts);
  channel.participants = attached->participants;
  const Seq head = attached->head;
  const SessionRef ref = session.ref;
  const std::uint64_t serial = subscription.serial;
  if (!channel.sequencer.is_open()) {
    context_.delivery->open(channel, head);
  } else {
    channel.sequencer.note_head(head);
  }
  if (channel.id.kind != IdKind::user) {
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
  const AttachRequest& request = *subscription.request;
  const Seq delivered = subscription.channel->sequencer.delivered();
  const Seq top = std::max(delivered, head);
  if (!request.after || !request.position_good || *request.after > top) {
    subscription.cursor = delivered;
    finish(session, subscription, false, std::nullopt);
  } else if (top - *request.after > limits::kReplayEventsMax) {
    subscription.cursor = delivered;
    finish(session, subscription, false, *request.after + 1);
  } else {
    subscription.cursor = *request.after;
    if (subscription.cursor < delivered) ++context_.counters.replays;
    step(session, subscription);
  }
}

void Attacher::step(Session& session, Subscription& subscription) {
  const Seq delivered = subscription.channel->sequencer.delivered();
  if (subscription.cursor == delivered) {
    const bool asked = subscription.request.has_value();
    finish(session, subscription, asked, std::nullopt);
  } else if (subscription.cursor > delivered) {
    subscription.mode = Mode::waiting;
  } else if (session.sink->queued_bytes() > context_.hub->budget() / 4) {
    subscription.mode = Mode::paused;
  } else if (replay_window(session, subscription)) {
    finish(session, subscription, true, std::nullopt);
  } else {
    read(session, subscription);
  }
}

void Attacher::finish(Session& session, Subscription& subscription, bool recovered,
                      std::optional<Seq> gap_from) {
  if (gap_from) ++context_.counters.gaps_told;
  if (subscription.request || gap_from) {
    write_subscribed(session, subscription, recovered, gap_from);
  }
  subscription.request.reset();
  subscription.receipts = {};
  context_.delivery->note_delivered(*subscription.channel);
  context_.hub->join(subscription);
  context_.connections->write_pending_state(session);
  KITH_ASSERT(!session.work.empty() && session.work.front() == subscription.serial);
  session.work.pop_front();
  work(session);
}

void Attacher::refuse(Session& session, Subscription& subscription, const Error& error) {
  const ChannelId id = subscription.channel->id;
  if (!subscription.request) {
    lose_right(session, id, CloseCode::chat_forbidden);
    return;
  }
  const AttachRequest request = std::move(*subscription.request);
  if (request.by_path && error.code != ErrorCode::unavailable) {
    context_.connections->close(session, CloseCode::chat_forbidden, "you may not read this chat");
    return;
  }
  if (!request.by_follow || error.code == ErrorCode::unavailable) {
    write_error(context_, session,
                {.id = request.id,
                 .code = error.code,
                 .message = error.message,
                 .channel = id.text(),
                 .retry_after = error.retry_after});
  }
  if (id == ChannelId(session.identity.user)) {
    // Without it a logout would not reach this socket.
    context_.connections->close(session, CloseCode::over_capacity, "the store is unavailable");
    return;
  }
  remove(session, subscription);
}

}  // namespace kith
