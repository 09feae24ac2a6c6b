// A client as PROTOCOL tells its author to write one: keeps a position per channel, moves it by
// one, resumes from it. And a judge: whatever the server may not do is noted as a violation.
#pragma once

#include <set>

#include "tests/engine/cluster.h"

namespace kith::test {

// What was seen, to be compared with the log when all is over.
struct Sighting {
  std::size_t user = 0;
  std::string channel;
  Seq seq = 0;
  std::string type;
  std::string message_id;
};

struct Witness {
  std::vector<Sighting> events;
  std::vector<Sighting> acks;  // committed, says the server; `type` is the client_message_id
  std::vector<std::string> violations;
  std::uint64_t resumed = 0;  // channels that went on from where they were
  std::uint64_t gaps = 0;
  std::uint64_t in_place = 0;  // acks that took their event's place
};

class SimulatedClient {
 public:
  SimulatedClient(Cluster& cluster, Witness& witness, std::size_t user)
      : user_(user), cluster_(cluster), witness_(witness) {}

  struct Opening {
    std::size_t shard = 0;
    bool resume = true;
    bool good_epoch = true;
    bool follow_chats = false;
  };
  void connect(const Opening& opening);
  bool is_open() const { return socket_ && socket_->open; }
  void disconnect();
  void subscribe(const ChatId& chat, bool from_position);
  void unsubscribe(const ChatId& chat);
  // `frame` carries this id; exactly one answer is due.
  void command(const std::string& id, const std::string& frame);
  void set_speed(std::size_t bytes_per_turn);
  // Judges what has come.
  void look();
  // Nothing is due any more, and everything live is at the log's end.
  void look_at_end(const std::map<std::string, Seq>& heads);

  std::size_t user() const { return user_; }
  std::string new_id() { return "f" + std::to_string(++ids_); }

 private:
  enum class State { off, attaching, live };
  struct Channel {
    State state = State::off;
    std::optional<Seq> after;  // attaching: a replay from here on is due
    Seq position = 0;
    bool known = false;          // the position is worth resuming from
    bool unsubscribing = false;  // its answer is due
  };
  void judge(const Json& frame);
  void judge_event(const Json& frame, const std::string& type);
  void judge_ack(const Json& frame);
  void judge_subscribed(const Json& frame);
  void judge_error(const Json& frame);
  void answered(const Json& frame);
  // Nobody on the shard has fallen behind in this socket's life: its acks come in order.
  bool keeps_up() const;
  void violation(const std::string& what, const Json& frame);

  std::size_t user_;
  Cluster& cluster_;
  Witness& witness_;
  std::unique_ptr<Client> socket_;
  std::map<std::string, Channel> channels_;
  std::map<std::string, std::set<Seq>> own_;  // acked to this client, by channel
  std::set<std::string> due_;                 // ids without an answer
  bool follows_ = false;
  std::uint64_t fallen_before_ = 0;  // sessions of the shard that had fallen behind by then
  std::uint64_t ids_ = 0;
};

}  // namespace kith::test
