// What a client does of its own accord.
#include <array>
#include <utility>

#include "protocol/json_writer.h"
#include "tests/simulation/client.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kOutstandingMax = 40;

Act any_act(Random& random, const std::array<std::uint32_t, kActs>& weights) {
  std::uint32_t total = 0;
  for (const std::uint32_t weight : weights) total += weight;
  std::uint64_t dice = random.below(total);
  std::size_t act = 0;
  while (dice >= weights[act]) dice -= weights[act++];
  return static_cast<Act>(act);
}

std::string said_json(const std::string& text) {
  return R"({"type":"text","text":")" + text + "\"}";
}

}  // namespace

void Client::next_act() {
  Time pause = random_.time(0us, 2 * world_.plan.act_interval);
  if (burst_ > 0) {
    --burst_;
    pause = random_.time(0us, burst_interval_);
  } else if (random_.chance(40)) {
    burst_ = random_.small(5, 40);
    burst_interval_ = random_.time(0us, 15ms);
  } else if (random_.chance(100)) {
    pause = random_.time(5s, 30s);
  }
  world_.scheduler.after(pause, [this] { act(); });
}

void Client::act() {
  if (calm_) return;
  const Act act = any_act(random_, world_.plan.acts);
  if (ready_ && due_.size() < kOutstandingMax && world_.plan.on(act)) {
    if (!world_.spend_act()) return;
    act_one(act);
  }
  next_act();
}

void Client::act_one(Act act) {
  const std::size_t room = random_.below(world_.plan.rooms);
  const std::string chat = world_.chat(room).text();
  switch (act) {
    case Act::send:
      return send_message(room);
    case Act::http_send:
      return send_over_http(room);
    case Act::send_again:
      return send_again();
    case Act::edit:
    case Act::erase:
    case Act::react:
      return change(act, room);
    case Act::read:
      return read_mark(room);
    case Act::typing: {
      const bool start = random_.chance(700);
      world_.types(user, chat, start);
      command({.op = "typing", .channel = chat}, std::string(R"("type":"typing.)") +
                                                     (start ? "start" : "stop") +
                                                     R"(","chat_id":")" + chat + "\"");
      return;
    }
    case Act::presence:
      command({.op = "presence", .channel = chat},
              R"("type":"presence","channel":")" + chat + "\"");
      return;
    case Act::history:
      return ask_history(room);
    case Act::subscribe:
      return subscribe(room);
    case Act::unsubscribe:
      return unsubscribe(room);
    case Act::reconnect: {
      const auto connection = connection_;
      connection->hang_up();
      return lose_connection(1000);
    }
    case Act::members:
      return world_.change_members(random_);
    case Act::moderation:
      return world_.moderate(random_);
    case Act::logout:
      return world_.log_out(random_, user);
    case Act::flood:
      return flood(room);
  }
}

std::string Client::command(Op op, std::string body) {
  const std::string id = "f" + std::to_string(++ids_);
  world_.recorder.add({.kind = test::Kind::Invoke,
                       .client = name,
                       .conn = conn_,
                       .user = world_.user(user).text(),
                       .channel = op.channel,
                       .op = op.op,
                       .op_id = id,
                       .message_id = op.message_id,
                       .client_message_id = op.client_message_id,
                       .digest = op.digest,
                       .from = op.op == "subscribe" ? op.from : std::nullopt});
  due_.emplace(id, std::move(op));
  connection_->send("{\"id\":\"" + id + "\"," + body + "}");
  return id;
}

std::string Client::new_text() {
  const std::size_t size = random_.chance(20)    ? 1'000 + random_.below(5'000)
                           : random_.chance(200) ? 100 + random_.below(300)
                                                 : 1 + random_.below(40);
  std::string text = name + " says " + std::to_string(++made_) + " ";
  text.resize(std::max(text.size(), size), 'x');
  return text;
}

void Client::send_message(std::size_t room) {
  const std::string text = new_text();
  send_text(room, name + "-" + std::to_string(made_), text);
}

void Client::send_text(std::size_t room, const std::string& client_message_id,
                       const std::string& text) {
  if (!ready_) return;
  const std::string chat = world_.chat(room).text();
  command({.op = "send",
           .channel = chat,
           .client_message_id = client_message_id,
           .text = text,
           .digest = test::content_digest(text),
           .event = "message.new"},
          R"("type":"message.new","chat_id":")" + chat + R"(","client_message_id":")" +
              client_message_id + R"(","content":)" + said_json(text));
}

void Client::send_again() {
  std::vector<Op>& from = unsettled_.empty() || random_.chance(200) ? settled_ : unsettled_;
  if (from.empty()) return;
  const std::size_t at = random_.below(from.size());
  const Op op = from[at];
  if (&from == &unsettled_) from.erase(from.begin() + static_cast<std::ptrdiff_t>(at));
  for (std::size_t room = 0; room < world_.plan.rooms; ++room) {
    if (world_.chat(room).text() == op.channel) {
      send_text(room, op.client_message_id, op.text);
    }
  }
}

std::optional<MessageId> Client::any_message(std::size_t room) {
  const auto& known = world_.messages[room];
  if (known.empty()) return std::nullopt;
  return known[random_.below(known.size())];
}

void Client::change(Act act, std::size_t room) {
  const auto message = any_message(room);
  if (!message) return;
  const std::string chat = world_.chat(room).text();
  const std::string about =
      R"(,"chat_id":")" + chat + R"(","message_id":")" + message->text() + "\"";
  Op op{.channel = chat, .message_id = message->text()};
  if (act == Act::edit) {
    op.op = "edit";
    op.text = new_text();
    op.digest = test::content_digest(op.text);
    op.event = "message.update";
    const std::string content = said_json(op.text);
    command(std::move(op), R"("type":"message.update","content":)" + content + about);
  } else if (act == Act::erase) {
    op.op = "delete";
    op.event = "message.delete";
    command(std::move(op), R"("type":"message.delete")" + about);
  } else {
    op.op = "react";
    op.event = random_.chance(650) ? "reaction.add" : "reaction.remove";
    const std::string type = op.event;
    command(std::move(op), R"("type":")" + type + R"(","emoji":")" +
                               (random_.chance(500) ? "👍" : "🎉") + "\"" + about);
  }
}

void Client::read_mark(std::size_t room) {
  const auto message = any_message(room);
  if (!message) return;
  const std::string chat = world_.chat(room).text();
  command({.op = "read_mark", .channel = chat, .message_id = message->text()},
          R"("type":"delivery.read","chat_id":")" + chat + R"(","last_read_message_id":")" +
              message->text() + "\"");
}

void Client::ask_history(std::size_t room) {
  const std::string chat = world_.chat(room).text();
  Op op{.op = "history", .channel = chat};
  std::string body = R"("type":"history","chat_id":")" + chat + R"(","limit":)" +
                     std::to_string(random_.between(1, 60));
  const Seq head = world_.store.head(world_.chat(room));
  if (random_.chance(300)) {
    op.from = random_.below(head + 1);
    body += ",\"after_seq\":" + std::to_string(*op.from);
    ++*op.from;
  } else if (random_.chance(400)) {
    const Seq before = 1 + random_.below(head + 1);
    op.to = before - 1;
    body += ",\"before_seq\":" + std::to_string(before);
  }
  command(std::move(op), std::move(body));
}

void Client::subscribe(std::size_t room) {
  const std::string chat = world_.chat(room).text();
  Follow& follow = follows_[chat];
  if (follow.state != State::off || follow.unsubscribing || follows_all_) return;
  set_state(chat, follow, State::attaching);
  follow.after.reset();
  if (follow.known && random_.chance(700)) follow.after = follow.position;
  follow.watches = random_.chance(500);
  std::string body = R"("type":"subscribe","channel":")" + chat + "\"";
  if (follow.after) body += ",\"after_seq\":" + std::to_string(*follow.after);
  if (follow.watches) body += ",\"presence\":true";
  command({.op = "subscribe", .channel = chat, .from = follow.after}, std::move(body));
}

void Client::unsubscribe(std::size_t room) {
  const std::string chat = world_.chat(room).text();
  Follow& follow = follows_[chat];
  if (follow.state != State::live || follow.unsubscribing) return;
  follow.unsubscribing = true;
  command({.op = "unsubscribe", .channel = chat},
          R"("type":"unsubscribe","channel":")" + chat + "\"");
}

}  // namespace kith::simulation
