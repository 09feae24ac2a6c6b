// What each client was told, in which order (C4), whether it got all that it was to get (C1), and
// nothing after its right had ended (C10).
//
// A stream is one channel on one connection: its position moves by one, as PROTOCOL section 2 says,
// by the events and by the acks that stand in for them. What a client has seen of a channel over
// all its connections is its coverage.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tests/history/facts.h"

namespace kith::test {

class StreamCheck {
 public:
  StreamCheck(Facts& facts, Reporter& reporter) : facts_(facts), reporter_(reporter) {}

  void connect(const Record& record);
  void disconnect(const Record& record);
  void subscribing(const Record& record);
  void attach(const Record& record, Line line);
  void detach(const Record& record);
  void gap(const Record& record, Line line);
  void deliver(const Record& record, Line line);
  void acked(const Record& record, Line line);  // of any operation with a number
  void page(const Record& record);              // of a history
  void right(const Record& record, Line line);
  void ephemeral(const Record& record, Line line);
  void finish();

  // kNone where the client has not said who it is.
  Index user_of(const Record& record);
  // When the connection began that the record came on.
  std::int64_t connected_at(const Record& record);

 private:
  struct Stream {
    bool live = false;  // after `subscribed`; before it, what comes is replay
    Seq position = 0;
    Seq replay_first = 0;
    Line replay_line = 0;
    std::optional<Seq> asked;          // a subscribe is under way: the replay may begin behind this
    std::unordered_set<Seq> own_acks;  // have moved the position; the event may come besides
    Line line = 0;                     // the last record
  };
  struct Client {
    Index user = kNone;
    std::uint32_t conn = 0;  // 0: not connected
    std::int64_t connected_at = 0;
    std::map<Index, Stream> streams;  // by channel; of the connection that stands
  };
  struct Coverage {
    Seq base = 0;  // began to follow behind this
    bool follows = false;
    Ranges seen;
    Ranges told;  // announced as missed, or of no interest to the client
  };
  struct Lost {
    Seq after = 0;
    Seq until = kSeqMax;  // the right came back with this number
    std::int64_t at = 0;
    std::int64_t back_at = kNever;
    Line line = 0;
  };

  Client& client_of(const Record& record);
  Coverage& coverage(Index client, Index channel) { return coverage_[both(client, channel)]; }
  std::string who(const Record& record) const;
  void replayed(Stream& stream, const Record& record, Line line);
  void resumed(Stream& stream, const Record& record, Line line);
  void moved(Stream& stream, const Record& record, Line line);
  void judge_reach(Index client, Index channel, Coverage& coverage);
  void judge_rights(Index client, Index channel, const Coverage& coverage);
  const std::vector<Lost>* losses(Index user, Index channel) const;

  Facts& facts_;
  Reporter& reporter_;
  std::vector<Client> clients_;
  std::unordered_map<std::uint64_t, Coverage> coverage_;         // by client, channel
  std::unordered_map<std::uint64_t, std::vector<Lost>> losses_;  // by user, channel
};

}  // namespace kith::test
