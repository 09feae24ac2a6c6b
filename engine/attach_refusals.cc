// The part of Attacher that says no: refused, replaced, and rights that end.
#include "engine/attacher.h"
#include "engine/connections.h"
#include "engine/hub.h"
#include "engine/replies.h"

namespace kith {

using Mode = Subscription::Mode;

namespace {

void note_refused_attach(const Context& context, const Session& session,
                         const AttachRequest& request, ErrorCode code) {
  if (request.by_follow) return;
  note_refusal(context, session, request.by_init ? "connection.init" : "subscribe", code);
}

}  // namespace

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

bool Attacher::lose_right(Session& session, const ChannelId& id, CloseCode path_code) {
  if (id.is_chat() && session.path_chat == id.chat()) {
    context_.connections->close(session, path_code, "no longer in this chat");
    return false;
  }
  Subscription* subscription = session.find(id);
  if (subscription != nullptr && subscription->mode == Mode::live) {
    context_.hub->flush_channel(*subscription->channel);
  }
  if (subscription == nullptr) return true;
  const std::string asked = subscription->request ? subscription->request->id : std::string();
  // Still to be answered: that is the answer.
  if (!asked.empty()) {
    note_refused_attach(context_, session, *subscription->request, ErrorCode::forbidden);
  }
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

void Attacher::refuse(Session& session, Subscription& subscription, const Error& error) {
  const ChannelId id = subscription.channel->id;
  if (!subscription.request) {
    lose_right(session, id, CloseCode::chat_forbidden);
    return;
  }
  const AttachRequest request = std::move(*subscription.request);
  note_refused_attach(context_, session, request, error.code);
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
