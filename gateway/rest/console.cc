// POST /console/drain {"node"}: an admin sends this process home, as SIGTERM would. The node is
// named as console.stats names it: behind a proxy the request may have come to another one.
#include <sys/types.h>

#include "gateway/log.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "protocol/json_writer.h"

namespace kith {

namespace {

Checked<std::string> read_node(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  std::string node = body.text("node", {.min = 1, .max = 64});
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return node;
}

}  // namespace

rest::Answer rest::drain(RequestContext& context) {
  if (context.who->role != SystemRole::admin) {
    co_return refused(context, problem(403, "for admins alone"));
  }
  const auto node = read_node(context);
  if (const auto* refusal = std::get_if<Problem>(&node)) co_return refused(context, *refusal);
  ServerState& server = context.services.server;
  if (std::get<std::string>(node) != server.node()) {
    co_return refused(context, problem(409, "this is another node than the one named"));
  }
  const bool first = server.request_drain();
  if (first) {
    std::string detail;
    JsonWriter(detail).begin_object().field("node", server.node()).end_object();
    context.services.accounts.audit(context.who->key, "server.drain", std::move(detail),
                                    context.now.wall);
    log_event(LogLevel::info, "server.drain_requested",
              {{"user_id", context.who->user.text()},
               {"correlation_id", context.request.correlation_id}});
  }
  std::string out;
  JsonWriter(out).begin_object().field("status", "draining").end_object();
  co_return json_answer(202, std::move(out));
}

}  // namespace kith
