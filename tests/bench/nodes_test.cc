// Several nodes: how they are named, who is on which, and what a run of them says.
#include "bench/nodes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "bench/crowd.h"
#include "bench/report_html.h"
#include "tests/bench/parsed_command_line.h"
#include "tests/bench/report_line.h"
#include "tests/bench/sample_report.h"

namespace kith::bench {
namespace {

using namespace std::chrono_literals;
using Indices = std::vector<std::size_t>;

std::vector<std::string> urls(const std::vector<Node>& nodes) {
  std::vector<std::string> out;
  for (const Node& node : nodes) out.push_back(node.url);
  return out;
}

std::string refusal(const std::vector<std::string>& texts) {
  const auto nodes = parse_nodes(texts);
  return nodes ? "" : nodes.error().message;
}

TEST_CASE("nodes are named with commas between them, or by the option again") {
  const std::vector<std::string> three = {"ws://a:1", "ws://b:2/x", "ws://c"};
  for (const auto& texts : std::vector<std::vector<std::string>>{
           three, {"ws://a:1,ws://b:2/x,ws://c"}, {"ws://a:1,ws://b:2/x", "ws://c"}}) {
    const auto nodes = parse_nodes(texts);
    REQUIRE(nodes);
    CHECK(urls(nodes.value()) == three);
    CHECK(nodes->at(1).target.host == "b");
    CHECK(nodes->at(1).target.port == "2");
    CHECK(nodes->at(1).target.path == "/x");
    CHECK(urls_of(nodes.value()) == "ws://a:1,ws://b:2/x,ws://c");
  }
}

TEST_CASE("a wrong URL among several is named") {
  CHECK(contains(refusal({"ws://a:1,http://b:2"}), "http://b:2"));
  CHECK(contains(refusal({"ws://a:1", "ws://b:99999"}), "ws://b:99999"));
  CHECK(contains(refusal({"ws://a:1,"}), "''"));
  CHECK(contains(refusal({"ws://a:1,ws://b:1,ws://a:1/ws"}), "ws://a:1/ws stands there twice"));
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= kNodesMax; ++i) many.push_back("ws://n" + std::to_string(i));
  CHECK(contains(refusal(many), "at most 64"));
}

TEST_CASE("who asks for TLS is told what to do instead") {
  for (const char* url : {"wss://chat.example/ws", "https://chat.example"}) {
    CHECK(contains(refusal({url}), url));
    CHECK(contains(refusal({url}),
                   "kith-bench speaks no TLS; take ws:// and the port behind the "
                   "proxy"));
  }
}

TEST_CASE("the command line takes several nodes, and a process for each") {
  const Parsed parsed =
      parse({"rooms", "--url", "ws://a:1,ws://b:2", "--url", "ws://c:3", "--seed-file", "s",
             "--server-pid", "11,12", "--server-pid", "13", "--assert", "delivery_cross_ms.p99<200",
             "--assert", "delivery_local_ms.max<9", "--assert", "server.nodes.3.cpu_s<5"});
  INFO(parsed.err);
  REQUIRE_FALSE(parsed.exit_code);
  const RunOptions& options = parsed.line.options;
  CHECK(urls(options.client.nodes) == std::vector<std::string>{"ws://a:1", "ws://b:2", "ws://c:3"});
  CHECK(options.server_pids == std::vector<pid_t>{11, 12, 13});
  CHECK(options.setting.url == "ws://a:1,ws://b:2,ws://c:3");

  const auto error = [](const std::vector<std::string>& pids) {
    std::vector<std::string> words = {"rooms", "--url", "ws://a,ws://b,ws://c", "--seed-file", "s"};
    for (const std::string& pid : pids) words.insert(words.end(), {"--server-pid", pid});
    const Parsed wrong = parse(words);
    CHECK(wrong.exit_code.value_or(0) == (wrong.err.empty() ? 0 : 2));
    return wrong.err;
  };
  CHECK(error({"11"}).empty());
  CHECK(contains(error({"11", "12"}), "--server-pid: 2 processes for 3 URLs"));
  CHECK(contains(error({"11", "12", "11"}), "--server-pid: one process stands there twice"));
}

TEST_CASE("what tells nodes apart is not there to be asserted of one") {
  const Parsed parsed = parse("rooms", {"--assert", "delivery_cross_ms.p99<200"});
  CHECK(parsed.exit_code == 2);
  CHECK(contains(parsed.err, "delivery_cross_ms.p99"));
}

Seed chats_of(const std::vector<Indices>& chats, std::size_t users) {
  Seed seed;
  for (std::size_t i = 0; i < users; ++i) {
    seed.users.push_back({.id = "usr_" + std::to_string(i), .token = "t", .chats = {}});
  }
  for (std::size_t i = 0; i < chats.size(); ++i) {
    seed.chats.push_back({.id = "chat_" + std::to_string(i), .members = chats[i]});
    for (const std::size_t user : chats[i]) seed.users[user].chats.push_back(i);
  }
  return seed;
}

// How many members of a chat are on each node.
Indices spread_of(const Crowd& crowd, std::size_t chat, std::size_t nodes) {
  const auto of_client = crowd.nodes(nodes);
  Indices counts(nodes);
  for (const std::size_t client : crowd.of_chat(chat)) ++counts[of_client[client]];
  return counts;
}

TEST_CASE("the members of a chat are dealt out one after the other") {
  const Seed seed = chats_of({{0, 1, 2, 3, 4}, {5, 6, 7, 8, 9}}, 10);
  const Crowd crowd = Crowd::everybody(seed, 0, true);
  CHECK(crowd.nodes(1) == Indices(10, 0));
  // Of the second chat the first goes where fewer are.
  CHECK(crowd.nodes(2) == Indices{0, 1, 0, 1, 0, 1, 0, 1, 0, 1});
  CHECK(crowd.nodes(3) == Indices{0, 1, 2, 0, 1, 2, 0, 1, 2, 0});
  CHECK(crowd.nodes(2) == Crowd::everybody(seed, 0, true).nodes(2));
}

TEST_CASE("also where they do not stand beside each other, and in chats of two") {
  // As many chats as nodes, so that going by the place in the crowd would put each on one.
  const Seed by_turns = chats_of({{0, 2, 4, 6}, {1, 3, 5, 7}}, 8);
  const Crowd crowd = Crowd::everybody(by_turns, 0, true);
  for (const std::size_t chat : {0, 1}) CHECK(spread_of(crowd, chat, 2) == Indices{2, 2});
  const Seed pairs = chats_of({{0, 1}, {2, 3}, {4, 5}}, 6);
  const Crowd couples = Crowd::everybody(pairs, 0, true);
  for (const std::size_t chat : {0, 1, 2}) {
    CHECK(spread_of(couples, chat, 2) == Indices{1, 1});
    const auto three = spread_of(couples, chat, 3);
    CHECK(*std::max_element(three.begin(), three.end()) == 1);
  }
}

TEST_CASE("whoever is in several chats goes where they are together least") {
  const Seed seed = chats_of({{0, 1, 2, 3}, {0, 1}, {2, 3}}, 4);
  const Crowd crowd = Crowd::everybody(seed, 0, true);
  CHECK(spread_of(crowd, 0, 2) == Indices{2, 2});
  CHECK(spread_of(crowd, 1, 2) == Indices{1, 1});
  CHECK(spread_of(crowd, 2, 2) == Indices{1, 1});
}

TEST_CASE("a sender is known by its node, but not where it has come to it only since") {
  const Seats::Clock::time_point start(100s);
  Seats seats({0, 1});
  CHECK(seats.node_at(0, start) == 0);
  CHECK(seats.node_at(1, Seats::Clock::time_point(0s)) == 1);
  CHECK_FALSE(seats.move(1, 1, start));  // came back where it was
  CHECK(seats.node_at(1, start - 1s) == 1);
  CHECK(seats.move(1, 0, start));
  CHECK(seats.node(1) == 0);
  CHECK_FALSE(seats.node_at(1, start - 1ms));
  CHECK(seats.node_at(1, start + 1ms) == 0);
  CHECK(seats.move(1, 63, start + 1s));
  CHECK(seats.node_at(1, start + 2s) == 63);
}

Report two_nodes() {
  Report report = sample_report();
  report.setting.url = "ws://a:1,ws://b:2";
  report.nodes = {{.url = "ws://a:1", .build = "kith 0.1.0", .connections = 20},
                  {.url = "ws://b:2", .build = "kith 0.1.1", .connections = 20}};
  report.servers = {*report.server, *report.server};
  report.server = sum_of(report.servers);
  report.delivered_local = 2701;
  report.delivered_cross = 3000;
  report.in_time.delivered_local = 2700;
  report.in_time.delivered_cross = 3000;
  for (int i = 1; i <= 100; ++i) {
    report.delivery_local.record(std::chrono::microseconds(i * 50));
    report.delivery_cross.record(std::chrono::microseconds(i * 100));
  }
  for (Interval& interval : report.intervals) {
    interval.origins = {{.local = report.delivery_local, .cross = report.delivery_cross}};
  }
  report.moved = 3;
  return report;
}

TEST_CASE("the JSON line tells nodes apart, and sums their processes up") {
  Line line(two_nodes());
  CHECK(line.number("/node_count") == 2);
  CHECK(line.text("/nodes/1/url") == "ws://b:2");
  CHECK(line.text("/nodes/1/server") == "kith 0.1.1");
  CHECK(line.number("/nodes/0/connections") == 20);
  CHECK(line.number("/delivered_local") == 2701);
  CHECK(line.number("/delivered_cross_per_s") == doctest::Approx(1000));
  CHECK(line.number("/delivery_local_ms/p50") == doctest::Approx(2.5).epsilon(0.01));
  CHECK(line.number("/delivery_cross_ms/max") == doctest::Approx(10));
  CHECK(line.number("/moved") == 3);
  CHECK(line.number("/server/cpu_s") == doctest::Approx(1.14));
  CHECK(line.number("/server/rss_bytes") == 2'400'000);
  CHECK(line.number("/server/nodes/1/cpu_s") == doctest::Approx(0.57));
  CHECK(line.number("/server/nodes/2/rss_idle_bytes") == 1'000'000);
}

TEST_CASE("of one node the line is as it ever was") {
  Line line(sample_report());
  for (const char* name : {"/node_count", "/nodes", "/delivered_local", "/delivery_local_ms",
                           "/delivery_cross_ms", "/moved", "/server/nodes"}) {
    CAPTURE(name);
    CHECK_FALSE(line.has(name));
  }
  CHECK_FALSE(contains(summary(sample_report()), "cross"));
  CHECK_FALSE(contains(html(sample_report()), "across nodes"));
}

TEST_CASE("where one process is not known, there is no sum, and the others have their figures") {
  Report report = two_nodes();
  report.servers[1].reset();
  report.server = sum_of(report.servers);
  Line line(report);
  CHECK(line.null("/server/cpu_s"));
  CHECK(line.number("/server/nodes/1/cpu_s") == doctest::Approx(0.57));
  CHECK(line.null("/server/nodes/2/cpu_s"));
  CHECK_FALSE(sum_of({}));
}

TEST_CASE("people are told of each node, and of what crossed between them") {
  const std::string text = summary(two_nodes());
  CHECK(contains(text, "in 2 chats at ws://a:1,ws://b:2"));
  CHECK(
      contains(text, "node 2     ws://b:2  20 connections  CPU 0.57 s, its store 0.03 s, 1.1 MiB"));
  CHECK(contains(text, "cross            3,000       1,000      5.0"));
  CHECK(contains(text, "3 connections came back on another node"));
  CHECK(contains(live_line(two_nodes().intervals[0]), ", across nodes 9.9"));
  const std::string page = html(two_nodes());
  for (const char* part : {"The nodes", "ws://b:2", "across nodes", "on one node",
                           "Delivery across nodes over time, ms"}) {
    CAPTURE(part);
    CHECK(contains(page, part));
  }
}

}  // namespace
}  // namespace kith::bench
