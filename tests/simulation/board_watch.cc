#include "tests/simulation/board_watch.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

// Four a second, and one that was kept for a slow reader and came late.
constexpr std::size_t kBoardFramesMax = 5;
// A second, but for what a turn and the network may take.
constexpr Time kBoardSecond = 950ms;

}  // namespace

void BoardWatch::connected(std::shared_ptr<Connection> connection) {
  ++connections_;
  connection_ = std::move(connection);
  subscribe();
  later(random_.time(3s, 30s), &BoardWatch::act);
}

void BoardWatch::disconnected() {
  ++connections_;
  connection_.reset();
  state_ = State::off;
  due_.clear();
  copy_ = {};
  told_at_.clear();
}

void BoardWatch::later(Time pause, Step step) {
  world_.scheduler.after(pause, [this, step, connection = connections_] {
    if (connection == connections_) (this->*step)();
  });
}

void BoardWatch::send(const std::string& body) {
  due_ = "b" + std::to_string(++ids_);
  connection_->send(R"({"id":")" + due_ + R"(","channel":")" +
                    world_.store.rewards().board().text() + "\"," + body + "}");
}

void BoardWatch::subscribe() {
  state_ = State::subscribing;
  send(R"("type":"subscribe")");
}

// Where something else is under way: that is the answer, or the end of the copy.
void BoardWatch::ask() {
  if (state_ != State::live || !due_.empty()) return;
  send(R"("type":"leaderboard","limit":100)");
}

void BoardWatch::act() {
  if (world_.calm()) return;
  later(random_.time(3s, 30s), &BoardWatch::act);
  if (state_ != State::live || !due_.empty()) return;
  if (random_.chance(500)) return ask();
  state_ = State::leaving;
  send(R"("type":"unsubscribe")");
}

bool BoardWatch::takes(const Frame& frame) {
  const std::string_view type = frame.text("type");
  const std::string_view id = frame.text("id");
  if (type == "leaderboard.updated") {
    update(frame);
  } else if (!id.starts_with('b')) {
    return false;
  } else if (id != due_) {
    violation("was given an answer that is not due: " + std::string(id));
  } else {
    due_.clear();
    answered(frame, type);
  }
  return true;
}

void BoardWatch::answered(const Frame& frame, std::string_view type) {
  if (type == "error") return refused(frame);
  if (type == "leaderboard") return take(frame);
  if (type == "subscribed" && state_ == State::subscribing) {
    state_ = State::live;
    return ask();
  }
  if (type != "unsubscribed" || state_ != State::leaving) {
    return violation("was answered with " + std::string(type));
  }
  state_ = State::off;
  copy_ = {};
  told_at_.clear();
  later(random_.time(0us, 5s), &BoardWatch::subscribe);
}

void BoardWatch::refused(const Frame& frame) {
  const std::string_view code = frame.text("code");
  if (code == "too_large" && state_ == State::subscribing) {
    state_ = State::refused;  // the socket follows as much as it may
  } else if (code != "unavailable") {
    violation("was refused: " + std::string(code));
  } else {
    const bool again = state_ == State::subscribing;
    later(random_.time(500ms, 2500ms), again ? &BoardWatch::subscribe : &BoardWatch::ask);
  }
}

void BoardWatch::take(const Frame& answer) {
  const std::uint64_t revision = answer.number("revision");
  if (copy_.whole() && revision < copy_.revision()) {
    violation("at revision " + std::to_string(copy_.revision()) + " was answered with " +
              std::to_string(revision));
  }
  copy_.take(answer.element());
  judge_copy();
}

void BoardWatch::update(const Frame& frame) {
  ++frames_;
  if (state_ != State::live && state_ != State::leaving) {
    return violation("was sent a frame of the board, and does not follow it");
  }
  judge_pace();
  switch (copy_.apply(frame.element())) {
    case bench::BoardCopy::Fit::applied:
      return judge_copy();
    case bench::BoardCopy::Fit::misfit:
      return ask();
    case bench::BoardCopy::Fit::old:
      return;
  }
}

void BoardWatch::judge_pace() {
  if (connection_->was_slowed()) return;  // what waited comes at once
  const Time now = world_.scheduler.now();
  told_at_.push_back(now);
  if (told_at_.size() <= kBoardFramesMax) return;
  if (now < told_at_.front() + kBoardSecond) violation("was sent more than four frames a second");
  told_at_.pop_front();
}

void BoardWatch::judge_copy() {
  const std::string revision = std::to_string(copy_.revision());
  if (world_.recorder.tells()) world_.recorder.note(name_ + " has revision " + revision);
  const BoardTop* was = world_.store.rewards().board_at(copy_.revision());
  if (was == nullptr) {
    violation("has revision " + revision + ", which never was");
  } else if (!shows(*was)) {
    violation("has another revision " + revision + " than the board had");
  }
}

bool BoardWatch::shows(const BoardTop& top) const {
  return std::ranges::equal(copy_.entries(), top.entries,
                            [](const bench::BoardEntry& mine, const BoardEntry& entry) {
                              return mine.user == entry.user.text() && mine.score == entry.score;
                            });
}

std::optional<std::string> BoardWatch::not_well() const {
  if (state_ == State::refused) return std::nullopt;
  if (!copy_.whole()) return name_ + " has no copy of the board";
  const BoardTop& now = world_.store.rewards().board_now();
  if (shows(now)) return std::nullopt;
  return name_ + "'s copy of the board is of revision " + std::to_string(copy_.revision()) +
         ", and there is " + std::to_string(now.revision);
}

void BoardWatch::violation(const std::string& what) {
  if (std::exchange(broken_, true)) return;
  world_.recorder.violation("R5", name_ + " " + what);
}

}  // namespace kith::simulation
