// What a client says over HTTP: by way of any shard, without a socket.
#include <utility>

#include "tests/simulation/client.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

namespace {

constexpr int kFlood = 1'100;  // more than is replayed

std::string text_json(const std::string& text) {
  return R"({"type":"text","text":")" + text + "\"}";
}

}  // namespace

void Client::send_over_http(std::size_t room) {
  Node* node = world_.any_node(random_);
  if (node == nullptr) return;
  const std::string text = new_text();
  const std::string id = "h" + std::to_string(++ids_);
  Op op{.op = "send",
        .channel = world_.chat(room).text(),
        .client_message_id = name + "-" + std::to_string(made_),
        .text = text,
        .digest = test::content_digest(text),
        .event = "message.new"};
  world_.recorder.add({.kind = test::Kind::Invoke,
                       .client = name,
                       .user = world_.user(user).text(),
                       .channel = op.channel,
                       .op = op.op,
                       .op_id = id,
                       .client_message_id = op.client_message_id,
                       .digest = op.digest});
  Append append{.chat = world_.chat(room), .client_message_id = op.client_message_id};
  append.content.json = text_json(text);
  Shard& shard = node->any_shard(random_);
  std::vector<Task> tasks;
  tasks.emplace_back([this, &shard, id, op = std::move(op), append = std::move(append)]() mutable {
    shard.engine.send(world_.identity(user), std::move(append),
                      [this, id, op = std::move(op)](Result<Appended> appended) {
                        http_answered(id, op, appended);
                      });
  });
  shard.queue.post(std::move(tasks));
}

void Client::http_answered(const std::string& id, const Op& op, const Result<Appended>& appended) {
  if (!appended) {
    const bool unknown = appended.error().code == ErrorCode::unavailable;
    settle(id, op, unknown ? test::Kind::Unknown : test::Kind::Fail, nullptr,
           to_string(appended.error().code));
    return;
  }
  world_.recorder.add({.kind = test::Kind::Ok,
                       .client = name,
                       .user = world_.user(user).text(),
                       .channel = op.channel,
                       .op = op.op,
                       .op_id = id,
                       .seq = appended->seq,
                       .message_id = appended->message.text(),
                       .client_message_id = op.client_message_id,
                       .duplicate = appended->duplicate});
  world_.know_message(op.channel, appended->message.text());
}

// Says more than is replayed while it is away itself.
void Client::flood(std::size_t room) {
  const auto connection = connection_;
  connection->hang_up();
  lose_connection(1000);
  for (int i = 0; i < kFlood; ++i) send_over_http(room);
}

}  // namespace kith::simulation
