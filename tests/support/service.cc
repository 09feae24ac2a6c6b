#include "tests/support/service.h"

#include <stdexcept>

namespace kith::test {

std::string make_service_token(std::vector<std::string> store, std::string_view scopes) {
  std::vector<std::string> command{kithd(),     "service-token", "create",           "--name",
                                   "the tests", "--scopes",      std::string(scopes)};
  command.insert(command.end(), store.begin(), store.end());
  const Output made = run(command);
  if (made.status != 0) throw std::runtime_error("service-token: " + made.err);
  return made.out.substr(0, made.out.find('\n'));
}

User make_admin(const std::filesystem::path& data) {
  const std::string file = (data.parent_path() / "admin.json").string();
  const Output seeded = run({kithd(), "seed", "--data", data.string(), "--users", "1", "--rooms",
                             "0", "--members", "1", "--out", file});
  if (seeded.status != 0) throw std::runtime_error("seed: " + seeded.err);
  const Json made = Json::parse(read_file(file))["users"][0];
  const std::string id = made["id"].text();
  const Output granted =
      run({kithd(), "grant", "--data", data.string(), "--user", id, "--role", "admin"});
  if (granted.status != 0) throw std::runtime_error("grant: " + granted.err);
  return {.id = id,
          .email = made["email"].text(),
          .password = "kith-seeded-password",
          .token = made["token"].text(),
          .refresh_token = {}};
}

HttpResponse ask_as_service(const TestServer& server, std::string_view token, HttpRequest request,
                            std::string_view act_as) {
  request.token = token;
  if (!act_as.empty()) request.headers.emplace_back("X-Act-As", act_as);
  return server.http().send(request);
}

ServiceServer::ServiceServer(std::vector<std::string> settings)
    : server_(std::move(settings), [this](const std::filesystem::path& data) {
        token_ = make_service_token({"--data", data.string()});
      }) {}

HttpResponse ServiceServer::post(std::string path, std::string body, std::string_view act_as,
                                 std::string_view idempotency_key) {
  HttpRequest request{.method = "POST", .path = std::move(path), .body = std::move(body)};
  if (!idempotency_key.empty()) request.headers.emplace_back("Idempotency-Key", idempotency_key);
  return ask_as_service(server_, token_, std::move(request), act_as);
}

HttpResponse ServiceServer::get(std::string path) {
  return ask_as_service(server_, token_, {.method = "GET", .path = std::move(path)});
}

}  // namespace kith::test
