// A client that watches a live board as PROTOCOL section 4 tells it to: it follows the board's
// channel, asks for a copy, puts into it what comes, and asks again where the base does not fit.
// Now and then it asks although nothing is amiss, or leaves the board for a while. Frames of its
// own have ids that begin with a "b".
//
// Checks, R5: whenever the copy is whole it is what the board was at that revision, and no answer
// is older than the copy; no more frames come than four a second; none where it does not follow.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bench/board_copy.h"
#include "engine/ports/boards.h"
#include "tests/simulation/connection.h"
#include "tests/simulation/frame.h"
#include "tests/simulation/random.h"

namespace kith::simulation {

class World;

class BoardWatch {
 public:
  BoardWatch(World& world, std::string name, Random random)
      : world_(world), name_(std::move(name)), random_(random) {}

  void connected(std::shared_ptr<Connection> connection);  // and ready
  void disconnected();
  // True: it was about the board.
  bool takes(const Frame& frame);
  // What is missing for the copy to be the board as it is now.
  std::optional<std::string> not_well() const;
  std::uint64_t frames() const { return frames_; }

 private:
  enum class State : std::uint8_t { off, refused, subscribing, live, leaving };
  using Step = void (BoardWatch::*)();

  void subscribe();
  void ask();
  void act();
  void later(Time pause, Step step);  // unless the connection is gone by then
  void send(const std::string& body);
  void answered(const Frame& frame, std::string_view type);
  void refused(const Frame& frame);
  void take(const Frame& answer);
  void update(const Frame& frame);
  void judge_pace();
  void judge_copy();
  bool shows(const BoardTop& top) const;
  void violation(const std::string& what);

  World& world_;
  const std::string name_;
  Random random_;
  std::shared_ptr<Connection> connection_;
  State state_ = State::off;
  std::string due_;  // the id of what has no answer yet; empty: nothing
  bench::BoardCopy copy_;
  std::deque<Time> told_at_;  // the last frames of this following
  std::uint64_t ids_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t frames_ = 0;
  bool broken_ = false;  // one violation of a watcher is enough
};

}  // namespace kith::simulation
