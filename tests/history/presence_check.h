// Whether what clients were told of presence and typing comes to be true (C11). The driver says
// what is true (`truth`); each client's view is what it was told last on its connection.
#pragma once

#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tests/history/facts.h"

namespace kith::test {

class PresenceCheck {
 public:
  PresenceCheck(Facts& facts, Reporter& reporter) : facts_(facts), reporter_(reporter) {}

  void connect(const Record& record, Index user);
  void disconnect(const Record& record);
  void attach(const Record& record);
  void detach(const Record& record);
  void ephemeral(const Record& record, Line line);
  void truth(const Record& record, Line line);
  void fault_ended(std::int64_t t) { calm_since_ = t; }
  void finish(std::int64_t end);

 private:
  struct Truth {
    bool value = false;
    std::int64_t since = 0;
    Line line = 0;
  };
  // One client's, of one channel.
  struct View {
    Index user = kNone;  // whose view; nobody gets an echo of their own presence
    bool follows = false;
    std::int64_t since = 0;
    std::unordered_map<Index, Line> present;
    std::unordered_map<Index, Line> left;
  };

  void judge(Index user, Index channel, const Truth& truth, std::int64_t t);
  void typing(const Record& record, Line line);

  Facts& facts_;
  Reporter& reporter_;
  std::int64_t calm_since_ = 0;
  std::unordered_map<Index, Index> user_of_;           // by client
  std::map<Index, std::map<Index, View>> views_;       // by channel, client
  std::unordered_map<std::uint64_t, Truth> presence_;  // by user, channel
  std::unordered_map<std::uint64_t, Truth> typing_;
};

}  // namespace kith::test
