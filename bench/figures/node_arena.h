// What the figures of several nodes run on: a Postgres and a Redis of the figures' own, and kithd
// on them. Nothing is pinned to a core: Postgres would be a stranger on either.
#pragma once

#include <map>

#include "bench/figures/arena.h"

namespace kith::figures {

class NodeArena {
 public:
  explicit NodeArena(Arena& arena);  // starts both. Throws RunFailed.
  ~NodeArena();
  NodeArena(const NodeArena&) = delete;
  NodeArena& operator=(const NodeArena&) = delete;

  // A new database, and what was made in it by `kithd seed`.
  struct Database {
    std::string url;
    std::vector<std::filesystem::path> seed_files;
  };
  Database database(const std::vector<Population>& populations);

  class Node {
   public:
    Arena::Server server() const { return {*process, port}; }
    double metric(const std::string& name) const;  // of /metrics. Throws RunFailed.

    std::unique_ptr<Process> process;
    std::uint16_t port = 0;
    std::filesystem::path log;
  };
  struct Setting {
    std::string storage_url;
    int nodes = 1;
    int shards = 1;
    bool bus = true;
  };
  std::vector<Node> start(const Setting& setting);
  void stop(std::vector<Node>& nodes);

  void stop_redis();
  void start_redis();
  const std::string& postgres_url() const { return postgres_url_; }

 private:
  void start_postgres();
  std::string ask(const std::string& sql);

  Arena& arena_;
  const std::filesystem::path directory_;
  std::vector<std::string> as_;  // the words that make a command run as another user than root
  std::unique_ptr<Process> postgres_;
  std::unique_ptr<Process> redis_;
  std::uint16_t postgres_port_ = 0;
  std::uint16_t redis_port_ = 0;
  std::string postgres_url_;
  int databases_ = 0;
  int nodes_made_ = 0;
};

}  // namespace kith::figures
