#include "tests/support/redis_server.h"

#include <signal.h>

#include <stdexcept>
#include <thread>

#include "tests/support/socket.h"

namespace kith::test {

namespace {

std::string command_of(std::initializer_list<std::string_view> words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) {
    out += "$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
  }
  return out;
}

}  // namespace

RedisServer::RedisServer(Options options)
    : options_(std::move(options)), port_(options_.port != 0 ? options_.port : free_port()) {
  start();
}

void RedisServer::start() {
  std::vector<std::string> command = {"/usr/bin/redis-server",
                                      "--port",
                                      std::to_string(port_),
                                      "--bind",
                                      "127.0.0.1",
                                      "--dir",
                                      directory_.path().string(),
                                      "--save",
                                      "",
                                      "--appendonly",
                                      "no",
                                      "--daemonize",
                                      "no"};
  if (!options_.password.empty()) {
    command.insert(command.end(), {"--requirepass", options_.password});
  }
  command.insert(command.end(), options_.more.begin(), options_.more.end());
  process_ = std::make_unique<Process>(Process::Start{
      .command = std::move(command), .stdout_file = directory_.path() / "redis.log"});
  const auto deadline = Clock::now() + kPatience;
  while (!answers()) {
    if (!process_->running() || Clock::now() > deadline) {
      throw std::runtime_error("redis-server: " + read_file(directory_.path() / "redis.log"));
    }
    std::this_thread::sleep_for(5ms);  // it does not say when it listens
  }
}

bool RedisServer::answers() const {
  try {
    const std::string answer = ask({"PING"});
    return answer.starts_with("+PONG") || answer.starts_with("-NOAUTH");
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string RedisServer::ask(std::initializer_list<std::string_view> words) const {
  const auto deadline = Clock::now() + kPatience;
  Socket socket(port_);
  std::string answer;
  if (!options_.password.empty()) {
    socket.send(command_of({"AUTH", options_.password}), deadline);
    while (answer.find("\r\n") == std::string::npos) {
      if (!socket.receive(answer, deadline)) throw std::runtime_error("redis-server hung up");
    }
    answer.clear();
  }
  socket.send(command_of(words) + command_of({"QUIT"}), deadline);
  while (socket.receive(answer, deadline)) {
  }
  constexpr std::string_view kBye = "+OK\r\n";  // to QUIT
  if (answer.ends_with(kBye)) answer.resize(answer.size() - kBye.size());
  return answer;
}

void RedisServer::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

void RedisServer::freeze() {
  process_->signal(SIGSTOP);
}
void RedisServer::thaw() {
  process_->signal(SIGCONT);
}

}  // namespace kith::test
