// Which users have a socket open, anywhere: asked when somebody wants to know, since nobody is told
// when a user comes or goes.
//
// This process's sockets are counted. The other processes are asked over the bus: a shard follows
// the channel of each of its users, so a question put into that channel reaches whoever has the
// user, and nobody else; the answers go to a channel that only the asker follows. Both are bus
// events of the kind `typing`, which no user's channel has otherwise. The bus may lose either, or
// be late in following the answers, so what is not answered is asked again: kRounds times,
// kPatience apart. Of whom nobody has answered then nobody has a socket; with the bus gone, this
// process alone is known.
//
// Stands between the shard's bus and its engine. Thread: the shard's.
#pragma once

#include <chrono>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/ports/bus.h"
#include "engine/ports/callback.h"

namespace kith {

class UserPresence final : public Bus::Receiver {
 public:
  static constexpr std::chrono::milliseconds kPatience{100};
  static constexpr int kRounds = 3;
  static constexpr std::size_t kUsersMax = 100;  // of one question
  static constexpr std::size_t kQuestionsMax = 64;

  using Online = std::unordered_set<UserId, IdHash>;
  using HasSocket = std::function<bool(const UserId&)>;

  // `engine` gets everything else. `has_socket`: in this process.
  UserPresence(Bus& bus, Bus::Receiver& engine, HasSocket has_socket)
      : bus_(bus), engine_(engine), has_socket_(std::move(has_socket)) {}

  // Those of `users` that are online in this process, at once.
  Online here(const std::vector<UserId>& users) const;
  // Asks the others about `users`; `reply` is a fresh id. False: too many questions are open, or
  // nobody is there to be asked. `answered` comes once all have been found.
  bool ask(const UserId& reply, const std::vector<UserId>& users, Task answered);
  // About those of them who have not been found yet. False: all have been.
  bool ask_again(const UserId& reply);
  // Who was found; the question is closed.
  Online finish(const UserId& reply);

  void on_bus_event(const BusEventPtr& event) override;
  void on_bus_healed() override { engine_.on_bus_healed(); }

 private:
  struct Question {
    std::vector<UserId> asked;
    Online found;
    Task answered;
  };
  void say(const UserId& channel, const UserId& about);

  Bus& bus_;
  Bus::Receiver& engine_;
  HasSocket has_socket_;
  std::unordered_map<UserId, Question, IdHash> questions_;
};

}  // namespace kith
