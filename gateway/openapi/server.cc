// The server itself: how it is, its pages, its documents.
#include "gateway/openapi/operation.h"

namespace kith::api {

using enum HttpMethod;

namespace {

Operation page_of(std::string_view pattern, std::string_view id, std::string_view summary,
                  std::string_view content_type) {
  return {.method = get,
          .pattern = pattern,
          .id = id,
          .tag = "pages",
          .summary = summary,
          .answers = {{200, {}, content_type}},
          .with = kIfNoneMatch};
}

std::vector<Operation> page_operations() {
  std::vector<Operation> all = {
      page_of("/", "chatPage", "The chat, for a browser", "text/html"),
      page_of("/console", "consolePage", "The console, for a browser", "text/html"),
      page_of("/docs", "docsPage", "These documents, for a browser", "text/html"),
      page_of("/kith.js", "clientModule", "The client module", "text/javascript"),
      page_of("/assets/{file}", "pageAsset", "What the pages are made of", "*/*"),
      page_of("/openapi.json", "getOpenApi", "This document", "application/json"),
      page_of("/asyncapi.json", "getAsyncApi", "The socket's document", "application/json"),
  };
  all[4].refusals = {404};
  return all;
}

}  // namespace

std::vector<Operation> server_operations() {
  const Schema state =
      object({{"status", one_of({"ok", "ready", "degraded", "draining", "unavailable"})}});
  std::vector<Operation> all = {
      {.method = get,
       .pattern = "/healthz",
       .id = "healthz",
       .tag = "server",
       .summary = "The process lives",
       .answers = {{200, state}}},
      {.method = get,
       .pattern = "/readyz",
       .id = "readyz",
       .tag = "server",
       .summary = "It can commit; degraded while the bus is gone",
       .answers = {{200, state}, {503, state}}},
      {.method = get,
       .pattern = "/status",
       .id = "getStatus",
       .tag = "server",
       .summary = "What it is and how it does",
       .answers = {{200, object({{"name", text()},
                                 {"version", text()},
                                 {"build", text()},
                                 {"epoch", text()},
                                 {"state", one_of({"serving", "draining"})},
                                 {"demo?", boolean()},
                                 {"started_at", time()},
                                 {"uptime_seconds", integer()},
                                 {"shards", integer()},
                                 {"sessions", integer()},
                                 {"connections", integer()}})}}},
      {.method = get,
       .pattern = "/metrics",
       .id = "getMetrics",
       .tag = "server",
       .summary = "For Prometheus",
       .answers = {{200, {}, "text/plain"}}},
      {.method = post,
       .pattern = "/console/drain",
       .id = "drain",
       .tag = "server",
       .summary = "Sends the process home; for admins",
       .body = object({{"node", text(1, 64).says("as console.stats names it")}}),
       .answers = {{202, object({{"status", one_of({"draining"})}})}},
       .refusals = {403, 409}},
  };
  for (Operation& operation : page_operations()) all.push_back(std::move(operation));
  return all;
}

}  // namespace kith::api
