#include "tests/support/postgres_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace kith::test {
namespace {

constexpr int kLookForTheEndMs = 100;

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string receive_some(int from) {
  std::array<char, 65536> bytes{};
  const auto received = ::recv(from, bytes.data(), bytes.size(), 0);
  return {bytes.data(), received > 0 ? static_cast<std::size_t>(received) : 0};
}

// The first whole message of what the server has said; empty: there is none yet.
std::string_view first_message(std::string_view bytes) {
  if (bytes.size() < 5) return {};
  std::size_t length = 0;
  for (std::size_t i = 1; i < 5; ++i) length = length << 8 | static_cast<std::uint8_t>(bytes[i]);
  return bytes.size() < length + 1 ? std::string_view() : bytes.substr(0, length + 1);
}

}  // namespace

PostgresProxy::PostgresProxy(std::filesystem::path server_socket)
    : server_socket_(std::move(server_socket)) {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = address_of(directory_.path() / ".s.PGSQL.5432");
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 16) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  acceptor_ = std::thread([this] { accept_all(); });
}

PostgresProxy::~PostgresProxy() {
  stopped_ = true;
  stopped_.notify_all();
  acceptor_.join();
  for (std::thread& carrier : carriers_) carrier.join();
  ::close(listener_);
}

void PostgresProxy::accept_all() {
  while (!stopped_) {
    pollfd listening{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&listening, 1, kLookForTheEndMs) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) carriers_.emplace_back([this, client] { carry(client); });
  }
}

void PostgresProxy::carry(int client) {
  const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = address_of(server_socket_);
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  std::string answers;
  while (open && !stopped_) {
    std::array<pollfd, 2> ends{{{.fd = client, .events = POLLIN, .revents = 0},
                                {.fd = server, .events = POLLIN, .revents = 0}}};
    if (::poll(ends.data(), ends.size(), kLookForTheEndMs) <= 0) continue;
    if (silent_) {  // for good; also where it has become so meanwhile
      stopped_.wait(false);
      break;
    }
    if (ends[0].revents != 0) open = carry_requests(client, server);
    if (open && ends[1].revents != 0) open = carry_answers(server, client, answers);
  }
  ::close(client);
  ::close(server);
}

bool PostgresProxy::take(Cut cut) {
  Cut armed = cut;
  return cut_.compare_exchange_strong(armed, Cut::never);
}

bool PostgresProxy::carry_requests(int client, int server) {
  const std::string bytes = receive_some(client);
  if (!bytes.empty() && take(Cut::silently)) {
    silent_ = true;
    return true;
  }
  return !bytes.empty() && !take(Cut::at_request) && send_all(server, bytes);
}

bool PostgresProxy::carry_answers(int server, int client, std::string& buffer) {
  const std::string bytes = receive_some(server);
  if (bytes.empty() || take(Cut::at_answer)) return false;
  buffer += bytes;
  for (auto message = first_message(buffer); !message.empty(); message = first_message(buffer)) {
    const bool commit = message[0] == 'C' && message.substr(5).starts_with("COMMIT");
    if (commit && take(Cut::at_commit)) return false;
    if (!send_all(client, message)) return false;
    buffer.erase(0, message.size());
  }
  return true;
}

}  // namespace kith::test
