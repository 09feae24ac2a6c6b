// Attaching: subscribing, resuming and catching up are one mechanism (ARCHITECTURE 2.8).
//
// The shard first follows the channel on the bus, then reads the channel's head and opens its
// sequencer there; a session that is behind is fed from the recent window or by pages of the log,
// at its own pace, its right rechecked per page, until its cursor meets the sequencer's position,
// and in that very turn it joins the live list. What many missed alike is read once (sharing.cc).
// One channel of a session at a time, in the order asked: so answers come in that order, and
// replays never fill the session's budget.
#pragma once

#include "engine/channel.h"
#include "engine/connections.h"
#include "engine/context.h"

namespace kith {

class Attacher {
 public:
  explicit Attacher(Context& context) : context_(context) {}

  // Queues it; replaces a subscription that is there. Answers `too_large` over the socket's limit.
  void subscribe(Session& session, const ChannelId& channel, AttachRequest request,
                 bool wants_presence);
  // What connection.init brings, registered before the store is asked about all of it at once;
  // false over the socket's limit. Not begun until admitted().
  bool prepare(Session& session, const ChannelId& channel, AttachRequest request);
  // The store's word on all that was prepared, in that order. The session may be gone afterwards.
  void admitted(Session& session, std::vector<Result<Attached>> channels);
  // A subscribe that is still under way is answered before what ends or replaces it.
  void answer_replaced(Session& session, const ChannelId& channel);
  // Ends it without a word to the client. True where the session was subscribed.
  bool unsubscribe(Session& session, const ChannelId& channel);
  // The right went: tells the client. On GET /chats/{chat_id} the session is closed instead, with
  // `path_code`, and must not be used any more: then false.
  bool lose_right(Session& session, const ChannelId& channel, CloseCode path_code);
  // The session passed its budget: its live channels are caught up from the log.
  void catch_up(Session& session);
  // All live sessions of the channel are caught up from where it stands (retry() begins).
  void catch_up(Channel& channel);
  // Goes on with what waits for the socket to drain.
  void on_drained(Session& session);
  // The shard's position in the channel moved.
  void on_advanced(Channel& channel);
  // Once a second: what the store refused (unavailable) is tried again.
  void retry();
  // The session goes: all of its subscriptions end.
  void remove_all(Session& session);

 private:
  void add(Session& session, const ChannelId& channel, AttachRequest request, bool wants_presence);
  void add_work(Subscription& subscription);
  void work(Session& session);
  void open(Session& session, Subscription& subscription);
  void ask(Session& session, Subscription& subscription);
  void opened(Session& session, Subscription& subscription, Result<Attached> attached);
  void start(Session& session, Subscription& subscription, Seq head);
  void step(Session& session, Subscription& subscription);
  bool replay_window(Session& session, Subscription& subscription);
  // Many come back to a channel at once, having missed the same: read once, for its window.
  bool share_page(Subscription& subscription);
  void fill_window(const ChannelId& id, Result<Page> page);
  void read(Session& session, Subscription& subscription);
  void page(Session& session, Subscription& subscription, Result<Page> page);
  void measure(Session& session, Subscription& subscription);
  void measured(Session& session, Subscription& subscription, Result<Measure> measure);
  // Who is given one from the log is counted as well.
  void count_broadcast(const DurableEvent& event);
  void write_page(Session& session, Subscription& subscription, const Page& page);
  // Writes `subscribed` where it is due, joins, and goes on with the session's next channel.
  void finish(Session& session, Subscription& subscription, bool recovered,
              std::optional<Seq> gap_from);
  void refuse(Session& session, Subscription& subscription, const Error& error);
  void remove(Session& session, Subscription& subscription);
  void write_subscribed(Session& session, const Subscription& subscription, bool recovered,
                        std::optional<Seq> gap_from);

  // Runs `then(session, subscription, result)` if both still stand when the store answers.
  template <typename T, typename Then>
  Callback<T> resume(const Session& session, const Subscription& subscription, Then then) {
    return context_.connections->dropping_if_it_throws(
        session.ref,
        [this, ref = session.ref, serial = subscription.serial, then](Result<T> result) {
          Session* alive = context_.sessions->find(ref);
          Subscription* current = alive == nullptr ? nullptr : alive->find(serial);
          if (current != nullptr) (this->*then)(*alive, *current, std::move(result));
        });
  }

  Context& context_;
  std::uint64_t next_serial_ = 1;
};

}  // namespace kith
