#include "tests/chaos/crowd.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tests/chaos/json_parser.h"
#include "tests/support/process.h"

namespace kith::test {

namespace {

constexpr auto kTickInterval = 20ms;
constexpr int kEventsAtOnce = 512;

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Crowd::Crowd(Options options)
    : options_(options), random_(options.seed), parser_(std::make_unique<JsonParser>()) {
  raise_descriptor_limit();
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw std::runtime_error("epoll_create1 failed");
}

Crowd::~Crowd() {
  clients_.clear();
  ::close(epoll_);
}

ChaosClient& Crowd::add(ChaosOptions options) {
  clients_.push_back(std::make_unique<ChaosClient>(*this, std::move(options)));
  clients_.back()->connect();
  return *clients_.back();
}

void Crowd::turn(Clock::time_point until) {
  const auto now = Clock::now();
  if (now >= next_tick_) {
    next_tick_ = now + kTickInterval;
    for (const auto& client : clients_) client->tick(now);
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::min(until, next_tick_) - now);
  std::array<epoll_event, kEventsAtOnce> events;
  const int ready = epoll_wait(epoll_, events.data(), kEventsAtOnce,
                               static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<ChaosClient*>(event.data.ptr)->on_ready(event.events);
  }
}

void Crowd::run_for(std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until) turn(until);
}

bool Crowd::run_until(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() >= until) return false;
    turn(std::min(until, Clock::now() + kTickInterval));
  }
  return true;
}

bool Crowd::all_live(std::chrono::milliseconds patience) {
  return run_until([&] { return std::ranges::all_of(clients_, [](auto& c) { return c->live(); }); },
                   patience);
}

double Crowd::p99_ms(std::chrono::milliseconds patience) {
  if (!run_until([&] { return !latencies_ms_.empty(); }, patience)) {
    throw std::runtime_error("nothing that was said has been seen: no p99");
  }
  const auto worst =
      latencies_ms_.begin() + static_cast<std::ptrdiff_t>(latencies_ms_.size() - 1) * 99 / 100;
  std::ranges::nth_element(latencies_ms_, worst);
  return *worst;
}

void Crowd::seen(const std::string& client_message_id, Clock::time_point live_since) {
  const auto said = said_at_.find(client_message_id);
  if (said == said_at_.end() || said->second < live_since) return;
  const std::chrono::duration<float, std::milli> passed = Clock::now() - said->second;
  latencies_ms_.push_back(passed.count());
}

std::chrono::milliseconds Crowd::jitter(std::chrono::milliseconds most) {
  std::uniform_int_distribution<std::int64_t> any(0, std::max<std::int64_t>(most.count(), 0));
  return std::chrono::milliseconds(any(random_));
}

Town read_town(const std::string& seed_file) {
  JsonParser parser;
  const std::string text = read_file(seed_file);
  const auto root = parser.parse(text);
  Town town;
  std::unordered_map<std::string, std::size_t> index;
  for (const auto user : root["users"].get_array()) {
    const std::string_view id = user["id"];
    const std::string_view token = user["token"];
    index.emplace(id, town.inhabitants.size());
    town.inhabitants.push_back({.id = std::string(id), .token = std::string(token)});
  }
  for (const auto chat : root["chats"].get_array()) {
    const std::string_view id = chat["id"];
    Town::Chat made{.id = std::string(id), .members = {}};
    for (const std::string_view member : chat["members"].get_array()) {
      made.members.push_back(index.at(std::string(member)));
    }
    town.chats.push_back(std::move(made));
  }
  return town;
}

}  // namespace kith::test
