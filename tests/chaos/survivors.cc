#include "tests/chaos/survivors.h"

#include <signal.h>

#include "tests/chaos/recorder.h"

namespace kith::test {
namespace {

constexpr std::size_t kChangeEvery = 7;
constexpr std::size_t kReadEvery = 50;

}  // namespace

Survivors::Survivors(Options options) {
  options.settings.insert(
      options.settings.end(),
      {"limits.messages_per_minute=0", "limits.signups_per_minute=0", "limits.logins_per_minute=0",
       "auth.access_minutes=60", "gateway.drain_s=0"});
  server_ = std::make_unique<TestServer>(options.settings);
  users_ = server_->sign_up(options.clients);
  chat_ = server_->group(users_.front(), {users_.begin() + 1, users_.end()});
  log_ = {.begin = head_of(*server_, users_.front(), chat_), .changes = options.changes};
  book_.add({.kind = Kind::Begin, .channel = chat_, .seq = log_.begin});
  for (std::size_t i = 0; i < options.clients; ++i) {
    clients_.push_back(std::make_unique<RecordedClient>(
        book_, RecordedClient::Options{.name = "client" + std::to_string(i),
                                       .user = users_[i],
                                       .chat = chat_,
                                       .in_flight = options.in_flight,
                                       .text_bytes = options.text_bytes,
                                       .change_every = options.changes ? kChangeEvery : 0,
                                       .read_every = options.changes ? kReadEvery : 0}));
  }
}

std::size_t Survivors::sum(std::size_t (RecordedClient::*of)() const) const {
  std::size_t total = 0;
  for (const auto& client : clients_) total += ((*client).*of)();
  return total;
}

std::size_t Survivors::unanswered() const {
  return sum(&RecordedClient::unanswered);
}

std::size_t Survivors::refused() const {
  return sum(&RecordedClient::refused);
}

std::size_t Survivors::changed() const {
  return sum(&RecordedClient::changed);
}

std::size_t Survivors::read() const {
  return sum(&RecordedClient::read);
}

void Survivors::connect() {
  for (auto& client : clients_) client->connect(*server_);
}

void Survivors::write() {
  for (auto& client : clients_) client->start();
  for (auto& client : clients_) client->await_flow();
}

void Survivors::stop() {
  for (auto& client : clients_) client->stop();
  join();
}

void Survivors::join() {
  for (auto& client : clients_) client->join();
}

bool Survivors::restart_and_write(TestServer::Launch launch) {
  const auto died = [&] {
    // Its sockets are closed before the process can be waited for.
    if (server_->process().wait() == 0) return false;
    for (auto& client : clients_) client->disconnect();
    return true;
  };
  try {
    restart(std::move(launch));
  } catch (const std::runtime_error&) {
    if (died()) return false;
    throw;
  }
  try {
    connect();
  } catch (const Disconnected&) {
    if (died()) return false;
    throw;
  }
  write();
  return true;
}

// 75: a store that refused an fsync. Whoever wants one of the three in particular asks for it.
void Survivors::note_end() {
  if (server_->process().running()) return;
  const int status = server_->process().wait();
  Record record{.kind = Kind::Process, .what = "kithd"};
  record.event = "exited";
  record.code = std::to_string(status);
  record.expected = status == 0 || status == 75 || status == 128 + SIGKILL;
  book_.add(std::move(record));
}

void Survivors::restart(TestServer::Launch launch) {
  note_end();
  server_->launch_with(std::move(launch));
  server_->start();
}

void Survivors::keep_store() const {
  std::filesystem::copy(server_->data(), kept_store(), std::filesystem::copy_options::recursive);
}

void Survivors::put_store_back() const {
  std::filesystem::remove_all(server_->data());
  std::filesystem::copy(kept_store(), server_->data(), std::filesystem::copy_options::recursive);
}

History Survivors::end() {
  connect();
  const std::uint64_t head = head_of(*server_, user(), chat_);
  for (auto& client : clients_) client->catch_up(head);
  record_final(book_, *server_, user(), chat_, log_);
  for (auto& client : clients_) client->leave();
  return book_.take();
}

Verdict Survivors::finish() {
  const History history = end();
  const Verdict verdict = check(history);
  const std::string kept = keep_history("survivors", history, verdict);
  CHECK_MESSAGE(verdict.ok(), to_text(verdict), kept);
  CHECK(verdict.acked > 0);
  for (const auto& client : clients_) {
    for (const std::string& complaint : client->complaints()) FAIL_CHECK(complaint);
  }
  CHECK(sum(&RecordedClient::refused_for_good) == 0);
  // Who comes back to what it knows gets what it has missed, not a gap.
  CHECK(sum(&RecordedClient::replays_owed) > 0);
  CHECK(sum(&RecordedClient::replays_denied) == 0);
  return verdict;
}

}  // namespace kith::test
