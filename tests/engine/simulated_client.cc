#include "tests/engine/simulated_client.h"

namespace kith::test {

void SimulatedClient::connect(const Opening& opening) {
  socket_ = cluster_.connect(opening.shard);
  due_.clear();
  fallen_before_ = socket_->shard->engine.counters().fell_behind;
  follows_ = opening.follow_chats;
  std::string resume;
  for (auto& [channel, state] : channels_) {
    state.state = State::off;
    state.unsubscribing = false;
    if (!opening.resume || !state.known) continue;
    resume +=
        (resume.empty() ? "" : ",") + json_string(channel) + ":" + std::to_string(state.position);
    state.state = State::attaching;
    state.after.reset();
    if (opening.good_epoch) state.after = state.position;
  }
  Channel& own = channels_[cluster_.user(user_).text()];
  if (own.state == State::off) own.after.reset();
  own.state = State::attaching;
  std::string init = R"({"type":"connection.init","token":")" + cluster_.token(user_) + "\"";
  init += R"(,"epoch":")" + (opening.good_epoch ? cluster_.epoch : "another") + "\"";
  init += ",\"resume\":{" + resume + "}";
  if (follows_) init += R"(,"follow":["chats"])";
  socket_->send(init + "}");
}

void SimulatedClient::disconnect() {
  if (socket_) socket_->disconnect();
  look();
  socket_.reset();
}

void SimulatedClient::subscribe(const ChatId& chat, bool from_position) {
  Channel& channel = channels_[chat.text()];
  if (!is_open() || channel.state != State::off || channel.unsubscribing || follows_) return;
  channel.state = State::attaching;
  channel.after.reset();
  if (from_position && channel.known) channel.after = channel.position;
  const std::string id = new_id();
  command(id, subscribe_frame(chat, id, channel.after));
}

void SimulatedClient::unsubscribe(const ChatId& chat) {
  Channel& channel = channels_[chat.text()];
  if (!is_open() || channel.state != State::live || channel.unsubscribing) return;
  channel.unsubscribing = true;
  const std::string id = new_id();
  command(id, R"({"type":"unsubscribe","id":")" + id + R"(","channel":")" + chat.text() + "\"}");
}

void SimulatedClient::command(const std::string& id, const std::string& frame) {
  due_.insert(id);
  socket_->send(frame);
}

void SimulatedClient::set_speed(std::size_t bytes_per_turn) {
  if (socket_) socket_->bytes_per_turn = bytes_per_turn;
}

void SimulatedClient::look() {
  if (!socket_) return;
  for (const Json& frame : socket_->all()) judge(frame);
}

void SimulatedClient::judge(const Json& frame) {
  static const std::set<std::string> kDurable = {
      "message.new",      "message.update",   "message.delete",    "reaction.add",
      "reaction.remove",  "participant.join", "participant.leave", "system.moderation",
      "notification.new", "session.revoked"};
  const std::string type = frame["type"].text();
  if (kDurable.contains(type)) {
    judge_event(frame, type);
  } else if (type == "ack") {
    judge_ack(frame);
  } else if (type == "subscribed") {
    judge_subscribed(frame);
  } else if (type == "unsubscribed") {
    answered(frame);
    Channel& channel = channels_[frame["channel"].text()];
    channel.state = State::off;
    if (frame["id"].present()) channel.unsubscribing = false;
  } else if (type == "error") {
    judge_error(frame);
  } else if (type.starts_with("typing.") &&
             frame["user_id"].text() == cluster_.user(user_).text()) {
    violation("an echo of one's own typing", frame);
  }
}

void SimulatedClient::judge_event(const Json& frame, const std::string& type) {
  const std::string name =
      frame["chat_id"].present() ? frame["chat_id"].text() : frame["channel"].text();
  const Seq seq = static_cast<Seq>(frame["seq"].number());
  Channel& channel = channels_[name];
  witness_.events.push_back({user_, name, seq, type, frame["message_id"].text()});
  const bool expected =
      channel.state == State::live || (channel.state == State::attaching && channel.after);
  if (!expected) {
    violation("an event of a channel that is not followed", frame);
  } else if (seq == channel.position + 1) {
    channel.position = seq;
  } else if (seq > channel.position || !own_[name].contains(seq)) {
    violation("position " + std::to_string(channel.position) + ", then", frame);
  }
}

void SimulatedClient::judge_ack(const Json& frame) {
  answered(frame);
  if (!frame["seq"].present()) return;
  const std::string name = frame["chat_id"].text();
  const Seq seq = static_cast<Seq>(frame["seq"].number());
  witness_.acks.push_back(
      {user_, name, seq, frame["client_message_id"].text(), frame["message_id"].text()});
  own_[name].insert(seq);
  Channel& channel = channels_[name];
  if (channel.state != State::live || frame["duplicate"].flag()) return;
  if (seq == channel.position + 1) {
    channel.position = seq;
    ++witness_.in_place;
  } else if (seq > channel.position && keeps_up()) {
    violation("position " + std::to_string(channel.position) + ", then an ack", frame);
  }
}

void SimulatedClient::judge_subscribed(const Json& frame) {
  answered(frame);
  Channel& channel = channels_[frame["channel"].text()];
  const Seq seq = static_cast<Seq>(frame["seq"].number());
  const bool recovered = frame["recovered"].flag();
  if (channel.state == State::live) {
    violation("told of a gap that there was none of", frame);
  } else if (channel.state == State::off && !follows_) {
    violation("subscribed without asking", frame);
  } else if (channel.state == State::attaching && channel.after) {
    if (recovered && seq != channel.position) {
      violation("recovered, but at " + std::to_string(channel.position), frame);
    }
    if (recovered) ++witness_.resumed;
    if (!recovered) {
      ++witness_.gaps;
      const bool exact = channel.position == *channel.after && frame["gap"].present() &&
                         frame["gap"]["from"].number() == frame["gap"]["from"].number() &&
                         static_cast<Seq>(frame["gap"]["from"].number()) == *channel.after + 1 &&
                         static_cast<Seq>(frame["gap"]["to"].number()) == seq;
      if (!exact) violation("a gap that does not begin where this client is", frame);
    }
  } else if (recovered) {
    violation("recovered what nobody asked for", frame);
  }
  channel.state = State::live;
  channel.position = seq;
  channel.known = true;
}

void SimulatedClient::judge_error(const Json& frame) {
  answered(frame);
  if (!frame["channel"].present()) return;
  Channel& channel = channels_[frame["channel"].text()];
  if (channel.state == State::attaching) channel.state = State::off;
}

void SimulatedClient::answered(const Json& frame) {
  if (frame["id"].present() && due_.erase(frame["id"].text()) == 0) {
    violation("a second answer", frame);
  }
}

bool SimulatedClient::keeps_up() const {
  return socket_->shard->engine.counters().fell_behind == fallen_before_;
}

void SimulatedClient::violation(const std::string& what, const Json& frame) {
  witness_.violations.push_back("user " + std::to_string(user_) + ": " + what + " " + frame.dump());
}

void SimulatedClient::look_at_end(const std::map<std::string, Seq>& heads) {
  look();
  const auto note = [&](const std::string& what) {
    witness_.violations.push_back("user " + std::to_string(user_) + " at the end: " + what);
  };
  if (!is_open()) return note("not connected");
  for (const std::string& id : due_) note("no answer to " + id);
  for (const auto& [name, channel] : channels_) {
    if (channel.state == State::attaching) note("still attaching to " + name);
    const auto head = heads.find(name);
    if (channel.state != State::live || head == heads.end()) continue;
    if (channel.position != head->second) {
      note(name + " at " + std::to_string(channel.position) + " of " +
           std::to_string(head->second));
    }
  }
}

}  // namespace kith::test
