// What a client makes of what comes: writes it down, and says where the protocol was broken.
#include <algorithm>
#include <utility>

#include "tests/simulation/client.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

bool is_tombstone(const Frame& content) {
  return content.text("type") == "tombstone";
}

std::uint64_t digest_of(const Frame& content) {
  if (!content.valid() || is_tombstone(content)) return 0;
  return test::content_digest(content.text("text"));
}

// The checker knows an event that is no message by what it is about: a message, or a reward.
std::string what_about(std::string_view event, const Frame& frame) {
  if (frame.has("message_id")) return std::string(frame.text("message_id"));
  return reward_of(event, event == "notification.new" ? frame.at("notification") : frame);
}

}  // namespace

void Client::violation(const std::string& what) {
  world_.recorder.violation("protocol", name + " conn " + std::to_string(conn_) + ": " + what);
}

bool Client::shard_lives() const {
  const Node& node = *world_.nodes[node_];
  return node.is_up() && node.lives == node_life_;
}

bool Client::keeps_up() const {
  return shard_lives() && shard_->engine.counters().fell_behind == fell_behind_ &&
         world_.plan.log_keep_events >= 1'000'000;
}

void Client::set_state(const std::string& channel, Follow& follow, State state) {
  // From the asking on: others may be told before the answer is here.
  if ((follow.state == State::off) != (state == State::off)) {
    world_.follows(user, channel, state == State::off ? -1 : 1);
  }
  if (state == State::off) {
    std::erase_if(typing_, [&](const auto& entry) { return entry.first.starts_with(channel); });
  }
  follow.state = state;
}

void Client::settle(const std::string& id, const Op& op, test::Kind kind, const Frame* frame,
                    std::string_view code) {
  test::Record record{.kind = kind,
                      .client = name,
                      .conn = id.starts_with('h') ? 0 : conn_,
                      .user = world_.user(user).text(),
                      .channel = op.channel,
                      .op = op.op,
                      .op_id = id,
                      .client_message_id = op.client_message_id,
                      .code = std::string(code)};
  if (frame != nullptr) {
    record.seq = frame->number("seq");
    record.message_id = frame->text("message_id");
    record.duplicate = frame->flag("duplicate");
  }
  world_.recorder.add(std::move(record));
  if (op.op != "send") return;
  if (kind == test::Kind::Unknown && unsettled_.size() < kMessagesKept) unsettled_.push_back(op);
  if (kind == test::Kind::Ok && settled_.size() < kMessagesKept && random_.chance(100)) {
    settled_.push_back(op);
  }
}

std::optional<Client::Op> Client::answered(const Frame& frame) {
  const std::string_view id = frame.text("id");
  if (id.empty() || id == "init") return std::nullopt;
  const auto at = due_.find(std::string(id));
  if (at == due_.end()) {
    violation("an answer that is not due: " + std::string(id));
    return std::nullopt;
  }
  Op op = std::move(at->second);
  due_.erase(at);
  return op;
}

void Client::deliver(const std::string& channel, Seq seq, std::string_view event,
                     const Frame& frame, const Op* own) {
  const auto ended = world_.store.right_ended(*ChannelId::parse(channel), world_.user(user));
  if (ended && seq > *ended) {
    world_.recorder.violation("C10", name + " got " + channel + " #" + std::to_string(seq) +
                                         ", and its right had ended with #" +
                                         std::to_string(*ended));
  }
  const Frame content = frame.at("content");
  test::Record record{.kind = test::Kind::Deliver,
                      .client = name,
                      .conn = conn_,
                      .channel = channel,
                      .seq = seq,
                      .event = std::string(event),
                      .message_id = what_about(event, frame),
                      .client_message_id = std::string(frame.text("client_message_id")),
                      .digest = own != nullptr ? own->digest : digest_of(content),
                      .deleted = own == nullptr && is_tombstone(content)};
  record.user = frame.text(event == "message.new" ? "sender_id" : "user_id");
  if (own != nullptr) record.user = world_.user(user).text();
  world_.recorder.add(std::move(record));
  if (event == "message.new") world_.know_message(channel, frame.text("message_id"));
}

void Client::judge_event(const Frame& frame, std::string_view type) {
  const std::string channel(frame.text(frame.has("chat_id") ? "chat_id" : "channel"));
  const Seq seq = frame.number("seq");
  if (seq == 0) return violation("an event without a number: " + std::string(type));
  Follow& follow = follows_[channel];
  const bool expected =
      follow.state == State::live || (follow.state == State::attaching && follow.after);
  if (!expected) {
    violation("an event of a channel that it does not follow: " + channel + " " +
              std::to_string(seq));
  } else if (seq == follow.position + 1 || seq > follow.position || !follow.own.contains(seq)) {
    // Also what is out of order is written down: what it breaks is the checker's to say.
    follow.position = std::max(follow.position, seq);
    deliver(channel, seq, type, frame, nullptr);
  }
}

void Client::judge_ack(const Frame& frame) {
  const auto op = answered(frame);
  if (op) settle(std::string(frame.text("id")), *op, test::Kind::Ok, &frame, {});
  if (op && op->op == "refresh") login_ = op->login;
  const Seq seq = frame.number("seq");
  if (seq == 0) return;
  const std::string channel(frame.text("chat_id"));
  Follow& follow = follows_[channel];
  if (follow.own.size() > 3000) follow.own.erase(follow.own.begin());
  follow.own.insert(seq);
  // Of a message sent over HTTP the ack comes before the event, not in place of it.
  if (!op || follow.state != State::live || frame.flag("duplicate")) return;
  if (seq == follow.position + 1) {
    follow.position = seq;
    deliver(channel, seq, op->event, frame, &*op);
  } else if (seq > follow.position && keeps_up()) {
    violation("at " + std::to_string(follow.position) + " of " + channel + ", then an ack of " +
              std::to_string(seq));
  }
}

void Client::judge_subscribed(const Frame& frame) {
  answered_quietly(frame);
  const std::string channel(frame.text("channel"));
  Follow& follow = follows_[channel];
  const Seq seq = frame.number("seq");
  const bool recovered = frame.flag("recovered");
  const bool was_live = follow.state == State::live;
  const bool from_position = follow.state == State::attaching && follow.after.has_value();
  if (follow.state == State::off && !follows_all_) violation("subscribed without asking");
  if (recovered && !from_position) violation("recovered what nobody asked for");
  if (recovered && from_position && seq != follow.position) {
    violation("recovered, but at " + std::to_string(follow.position) + " of " +
              std::to_string(seq));
  }
  test::Record attach{.kind = test::Kind::Attach,
                      .client = name,
                      .conn = conn_,
                      .channel = channel,
                      .seq = seq,
                      .recovered = recovered,
                      .presence = watched_presence(frame)};
  if (from_position) attach.from = *follow.after;
  if ((from_position || was_live) && !recovered) judge_gap(frame, channel, follow, attach.from);
  if (!was_live) world_.recorder.add(std::move(attach));
  set_state(channel, follow, State::live);
  follow.position = seq;
  follow.known = true;
  frame.each("receipts", [&](const Frame& receipt) {
    judge_receipt(follow, receipt.text("user_id"), receipt.number("last_read_seq"));
  });
  frame.at("presence").each("users", [&](const Frame& who) {
    note_ephemeral(channel, who.itself(), "presence.join");
  });
}

bool Client::watched_presence(const Frame& frame) const {
  return frame.has("presence") && world_.plan.presence_is_judged();
}

void Client::answered_quietly(const Frame& frame) {
  const auto op = answered(frame);
  if (op) settle(std::string(frame.text("id")), *op, test::Kind::Ok, nullptr, {});
}

void Client::judge_unsubscribed(const Frame& frame) {
  answered_quietly(frame);
  const std::string channel(frame.text("channel"));
  Follow& follow = follows_[channel];
  set_state(channel, follow, State::off);
  if (frame.has("id")) {
    follow.unsubscribing = false;
  } else if (world_.store.rights_lost(*ChannelId::parse(channel), world_.user(user)) ==
             follow.losses) {
    violation("loses " + channel + ", and its right never ended");
  }
  world_.recorder.add(
      {.kind = test::Kind::Detach, .client = name, .conn = conn_, .channel = channel});
}

void Client::judge_error(const Frame& frame) {
  const auto op = answered(frame);
  const std::string_view code = frame.text("code");
  if (op) {
    const bool unknown = code == "unavailable" || code == "internal";
    settle(std::string(frame.text("id")), *op, unknown ? test::Kind::Unknown : test::Kind::Fail,
           nullptr, code);
  }
  if (!frame.has("channel")) return;
  const std::string channel(frame.text("channel"));
  Follow& follow = follows_[channel];
  if (follow.state != State::attaching) return;
  set_state(channel, follow, State::off);  // also in the middle of a replay
  world_.recorder.add(
      {.kind = test::Kind::Detach, .client = name, .conn = conn_, .channel = channel});
}

void Client::judge_history(const Frame& frame) {
  const auto op = answered(frame);
  if (!op) return;
  test::Record record{.kind = test::Kind::Ok,
                      .client = name,
                      .conn = conn_,
                      .channel = op->channel,
                      .op = "history",
                      .op_id = std::string(frame.text("id"))};
  frame.each("messages", [&](const Frame& message) {
    const Frame content = message.at("content");
    record.entries.push_back({.seq = message.number("seq"),
                              .event = "message.new",
                              .message_id = std::string(message.text("message_id")),
                              .client_message_id = std::string(message.text("client_message_id")),
                              .user = std::string(message.text("sender_id")),
                              .digest = digest_of(content),
                              .deleted = is_tombstone(content)});
  });
  const bool ascending = op->from.has_value();
  if (ascending) {
    record.from = op->from;
    if (frame.has("next_after_seq")) record.to = record.entries.back().seq;
  } else {
    record.from = frame.has("next_before_seq") ? record.entries.front().seq : 1;
    record.to = op->to;
  }
  world_.recorder.add(std::move(record));
}

}  // namespace kith::simulation
