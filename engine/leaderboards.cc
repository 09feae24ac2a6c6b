#include "engine/leaderboards.h"

#include <algorithm>

#include "engine/board_json.h"
#include "engine/hub.h"
#include "protocol/event.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

constexpr auto kBoardQuietTime = 250ms;
constexpr auto kBoardLookInterval = 1s;
constexpr auto kIdleLookInterval = 5s;  // for periods that end, while nobody watches

BoardPage view_of(const BoardTop& top, std::uint32_t limit, const UserId& reader,
                  std::optional<BoardMe> me) {
  BoardPage page;
  page.revision = top.revision;
  page.total = top.total;
  page.me = me;
  const auto mine = std::ranges::find(top.entries, reader, &BoardEntry::user);
  if (mine != top.entries.end()) page.me = BoardMe{.rank = mine->rank, .score = mine->score};
  const auto count = std::min<std::size_t>(limit, top.entries.size());
  page.entries.assign(top.entries.begin(),
                      top.entries.begin() + static_cast<std::ptrdiff_t>(count));
  return page;
}

// What has another entry at its rank than before. A copy ends at `total`.
std::string changes_frame(const ChannelId& board, const BoardTop& before, const BoardTop& now) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().field("type", "leaderboard.updated").field("channel", board);
  json.field("revision", now.revision).field("base", before.revision);
  json.field("total", now.total).key("entries").begin_array();
  for (std::size_t i = 0; i < now.entries.size(); ++i) {
    const bool same = i < before.entries.size() && before.entries[i] == now.entries[i];
    if (!same) write_board_entry(json, now.entries[i]);
  }
  json.end_array().end_object();
  std::string frame;
  append_text_frame(frame, text);
  return frame;
}

}  // namespace

void Leaderboards::followed(const Channel& channel) {
  if (context_.ports.boards == nullptr) return;
  const auto [at, made] = watched_.try_emplace(channel.id);
  // The first one again: what the bus said meanwhile was said to nobody here.
  if (!made && channel.live.size() > 1) return;
  Watched& watched = at->second;
  watched.stale = true;
  if (made) next_look_ = std::min(next_look_, context_.now.steady + kBoardLookInterval);
  read_if_due(channel.id, watched);
}

void Leaderboards::moved(const std::vector<BoardMoved>& boards) {
  for (const BoardMoved& moved : boards) {
    auto event = std::make_shared<BusEvent>();
    event->kind = BusKind::board;
    event->channel = moved.board;
    event->seq = moved.revision;
    context_.ports.bus.publish(std::move(event));
    hear(moved.board, moved.revision);
  }
}

void Leaderboards::on_bus_event(const BusEvent& event) {
  hear(event.channel, event.seq);
}

void Leaderboards::hear(const ChannelId& board, std::uint64_t revision) {
  const auto at = watched_.find(board);
  if (at == watched_.end() || revision <= at->second.seen) return;
  at->second.heard = std::max(at->second.heard, revision);
  at->second.stale = true;
  read_if_due(board, at->second);
}

void Leaderboards::read_if_due(const ChannelId& board, Watched& watched) {
  if (!watched.stale || watched.reading) return;
  if (context_.now.steady < watched.next_read) return due(watched.next_read);
  watched.stale = false;
  watched.reading = true;
  // The first one tells nobody anything.
  if (watched.told) watched.next_read = context_.now.steady + kBoardQuietTime;
  const std::uint64_t at_least = watched.heard > watched.seen ? watched.heard : 0;
  context_.ports.boards->top(
      board, at_least, [this, board](Result<BoardTopPtr> top) { read(board, std::move(top)); });
}

void Leaderboards::read(const ChannelId& board, Result<BoardTopPtr> top) {
  const auto at = watched_.find(board);
  if (at == watched_.end()) return;
  Watched& watched = at->second;
  watched.reading = false;
  if (top) {
    adopt(board, watched, *top);
  } else {
    watched.stale = true;
    watched.next_read = context_.now.steady + kBoardLookInterval;
    for (Question& question : std::exchange(watched.held, {})) question.done(top.error());
  }
  read_if_due(board, watched);
}

void Leaderboards::adopt(const ChannelId& board, Watched& watched, BoardTopPtr top) {
  if (watched.told && top->revision <= watched.seen) return;
  watched.seen = top->revision;
  if (watched.heard <= watched.seen) watched.stale = false;
  if (!watched.told) {
    watched.told = std::move(top);
    return answer_held(watched);
  }
  if (top->entries == watched.told->entries) {
    // The copies are right as they are, of the revision that they have.
    auto same = std::make_shared<BoardTop>(*watched.told);
    same->total = top->total;
    watched.told = std::move(same);
    watched.newer.reset();
    return answer_held(watched);
  }
  watched.newer = std::move(top);
  if (context_.now.steady < watched.next_told) return due(watched.next_told);
  tell(board, watched);
}

void Leaderboards::tell(const ChannelId& board, Watched& watched) {
  const BoardTopPtr before = std::exchange(watched.told, std::exchange(watched.newer, nullptr));
  watched.next_told = context_.now.steady + kBoardQuietTime;
  if (Channel* channel = context_.hub->find(board)) {
    const std::uint64_t key = IdHash{}(board) ^ 0x626f617264;
    context_.hub->say(*channel, changes_frame(board, *before, *watched.told), Tier::state, key);
    // Answers are written at once: what leads to them goes first.
    if (!watched.held.empty()) context_.hub->flush_channel(*channel);
  }
  answer_held(watched);
}

// Whose question came when the store was further than what has been read since, waits on.
void Leaderboards::answer_held(Watched& watched) {
  const BoardTopPtr view = watched.told;
  if (!view || watched.newer) return;
  std::vector<Question> later;
  for (Question& question : std::exchange(watched.held, {})) {
    if (question.own.revision > watched.seen) {
      later.push_back(std::move(question));
      continue;
    }
    question.done(view_of(*view, question.limit, question.reader.user, question.own.me));
  }
  watched.held = std::move(later);
}

void Leaderboards::ask(const Actor& reader, const command::Leaderboard& asked,
                       Callback<BoardPage> done) {
  BoardQuery query;
  query.board = asked.channel;
  query.around_me = asked.around_me;
  query.limit = asked.limit;
  if (asked.around_me || !watched_.contains(asked.channel)) {
    return context_.ports.boards->page(reader, std::move(query), std::move(done));
  }
  query.limit = 1;
  Question question;
  question.reader = reader;
  question.board = asked.channel;
  question.limit = asked.limit;
  question.done = std::move(done);
  context_.ports.boards->page(
      reader, std::move(query),
      [this, question = std::move(question)](Result<BoardPage> own) mutable {
        if (!own) return question.done(own.error());
        question.own = std::move(*own);
        hold(std::move(question));
      });
}

void Leaderboards::ask_store(Question question) {
  BoardQuery query;
  query.board = question.board;
  query.limit = question.limit;
  context_.ports.boards->page(question.reader, std::move(query), std::move(question.done));
}

void Leaderboards::hold(Question question) {
  const ChannelId board = question.board;
  const auto at = watched_.find(board);
  if (at == watched_.end()) return ask_store(std::move(question));
  Watched& watched = at->second;
  const std::uint64_t revision = question.own.revision;
  watched.held.push_back(std::move(question));
  hear(board, revision);
  // What was said in this turn goes before the answer.
  if (Channel* channel = context_.hub->find(board)) context_.hub->flush_channel(*channel);
  answer_held(watched);
}

void Leaderboards::tick() {
  const SteadyTime now = context_.now.steady;
  if (context_.ports.boards == nullptr) return;
  if (now >= next_look_) look();
  if (now < next_due_) return;
  next_due_ = SteadyTime::max();
  for (auto& [board, watched] : watched_) {
    if (watched.newer) {
      if (now >= watched.next_told) {
        tell(board, watched);
      } else {
        due(watched.next_told);
      }
    }
    read_if_due(board, watched);
  }
}

void Leaderboards::forget_unfollowed() {
  for (auto at = watched_.begin(); at != watched_.end();) {
    if (context_.hub->find(at->first) != nullptr) {
      ++at;
      continue;
    }
    auto held = std::move(at->second.held);
    at = watched_.erase(at);
    for (Question& question : held) ask_store(std::move(question));
  }
}

// What the bus has lost, and the periods that are over: anybody may begin the next ones, the store
// sees to it that it is done once.
void Leaderboards::look() {
  forget_unfollowed();
  next_look_ = context_.now.steady + (watched_.empty() ? kIdleLookInterval : kBoardLookInterval);
  if (looking_) return;
  looking_ = true;
  std::vector<ChannelId> boards;
  boards.reserve(watched_.size());
  for (const auto& [board, watched] : watched_) boards.push_back(board);
  context_.ports.boards->look(std::move(boards), context_.now.wall, [this](Result<BoardLook> look) {
    looking_ = false;
    if (look) looked(*look);
  });
}

void Leaderboards::looked(const BoardLook& look) {
  for (const BoardMoved& board : look.boards) hear(board.board, board.revision);
  if (!look.due || rolling_) return;
  rolling_ = true;
  context_.ports.boards->roll(context_.now.wall, [this](Result<std::vector<BoardMoved>> rolled) {
    rolling_ = false;
    if (!rolled || rolled->empty()) return;
    moved(*rolled);
    next_look_ = context_.now.steady;  // there may be more of them
  });
}

SteadyTime Leaderboards::next_deadline() const {
  if (context_.ports.boards == nullptr) return SteadyTime::max();
  return std::min(next_due_, next_look_);
}

}  // namespace kith
