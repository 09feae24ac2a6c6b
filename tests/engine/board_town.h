// A cluster with one leaderboard in it, by a plain sort, and clients that keep a copy of it.
#pragma once

#include <algorithm>

#include "tests/engine/cluster.h"

namespace kith::test {

inline const ChannelId kBoard(IdKind::board, Uuid{9});

// One board, by a plain sort, and all that it has ever been.
struct BoardTable {
  struct Place {
    std::int64_t score = 0;
    std::uint64_t reached = 0;
  };
  std::map<UserId, Place> places;
  std::map<std::uint64_t, BoardTop> history;  // by revision
  std::uint64_t revision = 0;
  std::uint64_t reads = 0;
  bool down = false;
  std::optional<WallTime> ends;

  BoardTable() { keep(); }
  BoardMoved set(const UserId& user, std::int64_t score) {
    places[user] = {.score = score, .reached = revision + 1};
    return keep();
  }
  BoardMoved remove(const UserId& user) {
    places.erase(user);
    return keep();
  }
  BoardMoved clear() {
    places.clear();
    return keep();
  }
  const BoardTop& now() const { return history.at(revision); }

 private:
  BoardMoved keep() {
    std::vector<std::pair<UserId, Place>> order(places.begin(), places.end());
    std::ranges::sort(order, [](const auto& left, const auto& right) {
      return std::pair(-left.second.score, left.second.reached) <
             std::pair(-right.second.score, right.second.reached);
    });
    BoardTop top{.revision = ++revision, .total = order.size()};
    for (const auto& [user, place] : order) {
      if (top.entries.size() == limits::kLeaderboardLimitMax) break;
      top.entries.push_back({.rank = top.entries.size() + 1, .user = user, .score = place.score});
    }
    history[revision] = std::move(top);
    return {.board = kBoard, .revision = revision};
  }
};

class TestBoards final : public Boards {
 public:
  TestBoards(BoardTable& table, TaskQueue& queue) : table_(table), queue_(queue) {}

  void page(Actor reader, BoardQuery query, Callback<BoardPage> done) override {
    if (query.board != kBoard) return post<BoardPage>(std::move(done), no_board());
    const BoardTop& top = table_.now();
    BoardPage page{.board = kBoard, .revision = top.revision, .total = top.total};
    page.entries = top.entries;
    for (const BoardEntry& entry : top.entries) {
      if (entry.user == reader.user) page.me = BoardMe{.rank = entry.rank, .score = entry.score};
    }
    if (page.entries.size() > query.limit) page.entries.resize(query.limit);
    post<BoardPage>(std::move(done), std::move(page));
  }
  void top(ChannelId, std::uint64_t, Callback<BoardTopPtr> done) override {
    ++table_.reads;
    if (table_.down) {
      return post<BoardTopPtr>(std::move(done), fail(ErrorCode::unavailable, "down"));
    }
    post<BoardTopPtr>(std::move(done), std::make_shared<const BoardTop>(table_.now()));
  }
  void past(PastBoardQuery, Callback<PastBoard> done) override {
    post<PastBoard>(std::move(done), no_board());
  }
  void look(std::vector<ChannelId> boards, WallTime now, Callback<BoardLook> done) override {
    BoardLook look{.due = table_.ends && *table_.ends <= now};
    for (const ChannelId& board : boards) {
      look.boards.push_back({.board = board, .revision = table_.revision});
    }
    post<BoardLook>(std::move(done), std::move(look));
  }
  void roll(WallTime now, Callback<std::vector<BoardMoved>> done) override {
    std::vector<BoardMoved> moved;
    if (table_.ends && *table_.ends <= now) {
      table_.ends.reset();
      moved.push_back(table_.clear());
    }
    post<std::vector<BoardMoved>>(std::move(done), std::move(moved));
  }
  void hide(Actor user, bool, Callback<std::vector<BoardMoved>> done) override {
    post<std::vector<BoardMoved>>(std::move(done), std::vector{table_.remove(user.user)});
  }
  void preferences(Actor, Callback<BoardPreferences> done) override {
    post<BoardPreferences>(std::move(done), BoardPreferences{});
  }

 private:
  static Error no_board() { return fail(ErrorCode::not_found, "no such leaderboard"); }
  template <typename T>
  void post(Callback<T> done, std::type_identity_t<Result<T>> result) {
    std::vector<Task> tasks;
    tasks.emplace_back([done = std::move(done), result = std::move(result)]() mutable {
      done(std::move(result));
    });
    queue_.post(std::move(tasks));
  }

  BoardTable& table_;
  TaskQueue& queue_;
};

// A cluster whose shards have one board.
struct Town {
  explicit Town(ClusterOptions options = {}) : cluster(with_boards(std::move(options))) {}

  ClusterOptions with_boards(ClusterOptions options) {
    options.outside = [this](TaskQueue& queue) {
      boards.push_back(std::make_unique<TestBoards>(table, queue));
      return Outside{.boards = boards.back().get()};
    };
    return options;
  }
  void moved(std::size_t shard, const BoardMoved& moved) {
    cluster.shard(shard).engine.boards_moved({moved});
  }

  BoardTable table;
  std::vector<std::unique_ptr<TestBoards>> boards;
  Cluster cluster;
};

inline std::string ask_frame(std::uint32_t limit = 100) {
  return R"({"type":"leaderboard","id":"ask","channel":")" + kBoard.text() + R"(","limit":)" +
         std::to_string(limit) + "}";
}

// A client that keeps a copy, as PROTOCOL says it may.
struct Watcher {
  Watcher(Town& in_town, std::size_t shard, std::size_t user)
      : town(in_town), client(in_town.cluster.join(shard, user)) {
    client->all();
    client->send(subscribe_frame(kBoard, "sub"));
    in_town.cluster.settle();
    CHECK(client->next("subscribed")["channel"].text() == kBoard.text());
    client->send(ask_frame());
    in_town.cluster.settle();
  }

  // Takes in what has come; what does not fit is asked for.
  void read() {
    for (const Json& frame : client->all()) {
      const std::string type = frame["type"].text();
      if (type == "leaderboard") {
        ++answers;
        asking = false;
        entries.clear();
        for (std::size_t i = 0; i < frame["entries"].size(); ++i) put(frame["entries"][i]);
        settle_at(frame);
      } else if (type == "leaderboard.updated") {
        ++frames;
        apply(frame);
      }
    }
  }
  void apply(const Json& frame) {
    const auto to = static_cast<std::uint64_t>(frame["revision"].number());
    if (to <= revision || asking) return;
    if (static_cast<std::uint64_t>(frame["base"].number()) != revision) {
      ++mismatches;
      asking = true;
      client->send(ask_frame());
      return;
    }
    for (std::size_t i = 0; i < frame["entries"].size(); ++i) put(frame["entries"][i]);
    settle_at(frame);
  }
  void put(const Json& entry) {
    entries[static_cast<std::uint64_t>(entry["rank"].number())] = {entry["user_id"].text(),
                                                                   entry["score"].number()};
  }
  // The copy ends at `total`, and is what the board was at that revision.
  void settle_at(const Json& frame) {
    revision = static_cast<std::uint64_t>(frame["revision"].number());
    std::erase_if(entries, [&](const auto& entry) {
      return entry.first > static_cast<std::uint64_t>(frame["total"].number());
    });
    const BoardTop& was = town.table.history.at(revision);
    REQUIRE(entries.size() == was.entries.size());
    for (const BoardEntry& entry : was.entries) {
      CHECK(entries.at(entry.rank) == std::pair(entry.user.text(), entry.score));
    }
  }
  bool is_current() const {
    std::vector<std::pair<std::string, std::int64_t>> expected;
    for (const BoardEntry& entry : town.table.now().entries) {
      expected.emplace_back(entry.user.text(), entry.score);
    }
    return std::ranges::equal(entries, expected, {},
                              [](const auto& entry) { return entry.second; });
  }

  Town& town;
  std::unique_ptr<Client> client;
  std::map<std::uint64_t, std::pair<std::string, std::int64_t>> entries;  // by rank
  std::uint64_t revision = 0;
  bool asking = true;
  int answers = 0;
  int frames = 0;
  int mismatches = 0;
};

}  // namespace kith::test
