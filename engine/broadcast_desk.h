// What broadcasts need of an engine: those that are due are sent, the sockets that each was written
// to are counted, and its organizer is told how far it has come (PROTOCOL: broadcast.progress).
// That one was scheduled or cancelled, all of the club's organizers are told, by the same.
//
// All of it once a second, in one job of the store each: a broadcast to 10,000 sockets costs its
// fan-out one comparison. What the store refuses is added up and tried again. What has changed is
// told once more later: what several shards have to say may have crossed on its way. The numbers of
// a large club take long to read, and are then told less often.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "engine/context.h"
#include "engine/ports/broadcasts.h"

namespace kith {

class BroadcastDesk {
 public:
  explicit BroadcastDesk(Context& context) : context_(context) {}

  // A club.broadcast of the channel has been written to so many sockets more.
  void delivered(const ChannelId& channel, Seq seq, std::uint64_t sockets);
  // It was scheduled or cancelled: these are told, once.
  void stepped(const BroadcastRecord& broadcast, const std::vector<UserId>& organizers);
  // Their numbers have changed otherwise.
  void changed(const std::vector<BroadcastId>& broadcasts);
  void tick();
  SteadyTime next_deadline() const;

 private:
  void send_due();
  void note_delivered();
  void ask_progress();
  void tell(const std::vector<BroadcastProgress>& progress);

  Context& context_;
  SteadyTime next_{};
  SteadyTime next_asking_{};
  bool sending_ = false;
  bool noting_ = false;
  bool asking_ = false;
  std::map<std::pair<ChannelId, Seq>, std::uint64_t> delivered_;
  // How often it is still to be told; the newest first.
  std::map<BroadcastId, int, std::greater<>> changed_;
};

}  // namespace kith
