#include "tests/simulation/client.h"

#include <algorithm>
#include <utility>

#include "protocol/json_writer.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Time kPingInterval = 10s;
constexpr Time kSilenceMax = 15s;   // then the client gives its connection up
constexpr Time kCalmPauseMax = 1s;  // before it comes back, once all is healed
constexpr Time kReconnected = 500ms;
constexpr std::uint32_t kWatchesBoard = 500;  // of 1000 clients, where there is one

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

}  // namespace

Client::Client(World& world, std::size_t number, std::size_t user_number)
    : name("c" + std::to_string(number)),
      user(user_number),
      world_(world),
      random_(world.random.fork(1000 + number)) {
  Random dice = world.random.fork(5000 + number);
  if (world.plan.activities_per_minute == 0 || !dice.chance(kWatchesBoard)) return;
  board_ = std::make_unique<BoardWatch>(world, name, dice);
}

void Client::start() {
  started_ = true;
  connect();
  next_act();
}

void Client::calm_down() {
  calm_ = true;
  if (connection_) connection_->set_speed(Connection::kUnlimited);
  if (ready_) send_unsettled();
}

void Client::cut() {
  if (connection_) connection_->cut();
}

void Client::come_back() {
  if (!ready_) return;
  hurries_ = true;
  const auto connection = connection_;
  connection->hang_up();
  lose_connection(1000);
}

void Client::connect() {
  hurries_ = false;
  Node* node = world_.any_node(random_);
  if (node == nullptr) {
    world_.scheduler.after(random_.time(100ms, 1s), [this] { connect(); });
    return;
  }
  ++conn_;
  ready_ = false;
  partial_.clear();
  due_.clear();
  shard_ = &node->any_shard(random_);
  node_ = node->number;
  node_life_ = node->lives;
  fell_behind_ = shard_->engine.counters().fell_behind;
  dropped_ = shard_->engine.counters().dropped_ephemeral;
  connection_ = std::make_shared<Connection>(world_.scheduler, world_.plan, *shard_, *this,
                                             random_.fork(conn_));
  heard_at_ = connected_at_ = world_.scheduler.now();
  // What it follows without asking begins before it knows: presence could not be judged.
  follows_all_ = random_.chance(300) && !world_.plan.presence_is_judged();
  path_.reset();
  login_ = world_.login(user);
  for (std::size_t room = 0; room < world_.plan.rooms; ++room) {
    const ChatId& chat = world_.chat(room);
    follows_[chat.text()].losses = world_.store.rights_lost(chat, world_.user(user));
  }
  if (random_.chance(100) && !calm_) path_ = world_.chat(random_.below(world_.plan.rooms));
  world_.recorder.add({.kind = test::Kind::Connect,
                       .client = name,
                       .conn = conn_,
                       .user = world_.user(user).text()});
  connection_->open({.chat = path_});
  connection_->send(init_frame());
  world_.scheduler.after(kPingInterval, [this, conn = conn_] {
    if (conn == conn_) watch();
  });
}

// What it followed is resumed from where it was; sometimes it has lost its memory.
std::string Client::init_frame() {
  const bool resumes = !random_.chance(80);
  const bool good_epoch = !random_.chance(30);
  std::string resume;
  for (auto& [channel, follow] : follows_) {
    set_state(channel, follow, State::off);
    follow.unsubscribing = false;
    follow.watches = false;
    follow.after.reset();
    if (!resumes || !follow.known) continue;
    resume +=
        (resume.empty() ? "" : ",") + in_quotes(channel) + ":" + std::to_string(follow.position);
    set_state(channel, follow, State::attaching);
    if (good_epoch) follow.after = follow.position;
  }
  Follow& own = follows_[world_.user(user).text()];
  if (own.state == State::off) own.after.reset();
  set_state(world_.user(user).text(), own, State::attaching);
  if (path_) set_state(path_->text(), follows_[path_->text()], State::attaching);
  const auto valid = random_.chance(150) ? 90s : 1h;
  std::string init = R"({"type":"connection.init","id":"init","token":)" +
                     in_quotes(world_.token(user, valid)) + ",\"epoch\":";
  std::string epoch;
  append_crockford(epoch, world_.store.tables.epoch);
  init += in_quotes(good_epoch ? epoch : "another") + ",\"resume\":{" + resume + "}";
  if (follows_all_) init += R"(,"follow":["chats"])";
  return init + "}";
}

// A server that says nothing for long is gone, whatever the network says.
void Client::watch() {
  if (!connection_ || !connection_->is_open()) return;
  const Time now = world_.scheduler.now();
  const bool no_answer = !ready_ && now > connected_at_ + kSilenceMax;
  if (no_answer || now > heard_at_ + kSilenceMax) {
    const auto connection = connection_;
    connection->hang_up();
    lose_connection(0);
    return;
  }
  if (ready_) connection_->send(R"({"type":"ping"})");
  world_.scheduler.after(kPingInterval, [this, conn = conn_] {
    if (conn == conn_) watch();
  });
}

void Client::on_closed(std::uint16_t code) {
  lose_connection(code);
}

void Client::lose_connection(std::uint16_t code) {
  world_.recorder.add({.kind = test::Kind::Disconnect,
                       .client = name,
                       .conn = conn_,
                       .code = std::to_string(code)});
  typing_.clear();
  for (const auto& [id, op] : std::exchange(due_, {})) {
    settle(id, op, test::Kind::Unknown, nullptr, "disconnected");
  }
  for (auto& [channel, follow] : follows_) set_state(channel, follow, State::off);
  connection_.reset();
  if (board_) board_->disconnected();
  ready_ = false;
  if (code == static_cast<std::uint16_t>(CloseCode::token_expired)) {
    expired_at_ = world_.scheduler.now();
  }
  const Time pause = hurries_ ? random_.time(0us, 3ms)
                     : calm_  ? random_.time(50ms, kCalmPauseMax)
                              : random_.time(50ms, 4s);
  world_.scheduler.after(pause, [this, conn = conn_] {
    if (conn == conn_) connect();
  });
}

void Client::on_bytes(std::string_view bytes) {
  heard_at_ = world_.scheduler.now();
  world_.recorder.took(name, bytes);
  partial_ += bytes;
  std::size_t at = 0;
  const std::uint32_t conn = conn_;
  const auto byte = [&](std::size_t i) {
    return std::size_t{static_cast<unsigned char>(partial_[at + i])};
  };
  // Unmasked, unfragmented text frames (RFC 6455 section 5.2).
  while (partial_.size() - at >= 2) {
    std::size_t header = 2;
    std::size_t length = byte(1);
    if (byte(0) != 0x81) return violation("not a text frame");
    if (length == 126 || length == 127) {
      const std::size_t wide = length == 126 ? 2 : 8;
      header += wide;
      if (partial_.size() - at < header) break;
      length = 0;
      for (std::size_t i = 0; i < wide; ++i) length = length << 8 | byte(2 + i);
    }
    if (partial_.size() - at < header + length) break;
    on_frame(std::string_view(partial_).substr(at + header, length));
    if (conn != conn_ || !connection_) return;
    at += header + length;
  }
  partial_.erase(0, at);
}

void Client::on_frame(std::string_view text) {
  const Frame frame(parser_, text);
  if (!frame.valid()) return violation("not a JSON object: " + std::string(text));
  if (board_ && board_->takes(frame)) return;
  const std::string_view type = frame.text("type");
  if (type == "connection.ready") {
    ready(frame);
  } else if (type == "ack") {
    judge_ack(frame);
  } else if (type == "subscribed") {
    judge_subscribed(frame);
  } else if (type == "unsubscribed") {
    judge_unsubscribed(frame);
  } else if (type == "error") {
    judge_error(frame);
  } else if (type == "history") {
    judge_history(frame);
  } else if (type == "presence" || type == "pong") {
    answered(frame);
  } else if (type == "delivery.read") {
    judge_receipt(follows_[std::string(frame.text("chat_id"))], frame.text("user_id"),
                  frame.number("last_read_seq"));
  } else if (type.starts_with("typing.") || type.starts_with("presence.")) {
    judge_ephemeral(frame, type);
  } else if (type == "connection.expiring") {
    command({.op = "refresh", .login = world_.login(user)},
            R"("type":"connection.refresh","token":)" + in_quotes(world_.token(user, 1h)));
  } else if (!type.starts_with("connection.")) {
    judge_event(frame, type);
  }
}

void Client::ready(const Frame& frame) {
  if (ready_) violation("ready twice");
  if (frame.text("user_id") != world_.user(user).text()) violation("taken for somebody else");
  ready_ = true;
  if (board_) board_->connected(connection_);
  if (calm_) send_unsettled();
}

void Client::send_unsettled() {
  for (Op& op : std::exchange(unsettled_, {})) {
    const auto chat = ChatId::parse(op.channel);
    for (std::size_t room = 0; room < world_.plan.rooms; ++room) {
      if (world_.chat(room) == *chat) send_text(room, op.client_message_id, op.text);
    }
  }
}

std::optional<std::string> Client::board_not_well() const {
  return started_ && board_ ? board_->not_well() : std::nullopt;
}

std::optional<std::string> Client::not_well() const {
  if (!started_) return std::nullopt;
  if (!ready_) {
    // A token runs out when it does, also in a measured moment; who then comes back is on the way.
    const bool coming_back =
        expired_at_ && world_.scheduler.now() < *expired_at_ + kCalmPauseMax + kReconnected;
    if (coming_back) return std::nullopt;
    return name + " is not connected";
  }
  if (world_.store.login_ended(login_)) return name + " is connected, and its login has ended";
  for (const auto& [id, op] : due_) {
    // Nor is it anybody's fault where a token is being renewed just then.
    if (op.op != "refresh") return name + " has no answer to " + op.op;
  }
  for (const auto& [channel, follow] : follows_) {
    if (follow.state == State::attaching) return name + " is still attaching to " + channel;
    if (follow.state != State::live) continue;
    const Seq head = world_.store.head(*ChannelId::parse(channel));
    if (follow.position != head) {
      return name + " is at " + std::to_string(follow.position) + " of " + std::to_string(head) +
             " in " + channel;
    }
  }
  return std::nullopt;
}

}  // namespace kith::simulation
