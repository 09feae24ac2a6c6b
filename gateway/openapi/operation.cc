#include "gateway/openapi/operation.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace kith::api {
namespace {

template <typename Part, std::size_t kCount>
auto joined(const std::array<Part (*)(), kCount>& parts) {
  Part all;
  for (const auto part : parts) {
    for (auto& each : part()) all.push_back(std::move(each));
  }
  return all;
}

struct NamedSchema {
  std::string_view name;
  Schema schema;
};

const std::vector<NamedSchema>& path_schemas() {
  static const std::vector<NamedSchema> all = {
      {"user_id", id(IdKind::user)},
      {"chat_id", id(IdKind::chat)},
      {"message_id", id(IdKind::message)},
      {"club_id", id(IdKind::club)},
      {"event_id", id(IdKind::event)},
      {"post_id", id(IdKind::post)},
      {"broadcast_id", id(IdKind::broadcast)},
      {"notification_id", id(IdKind::notification)},
      {"session_id", id(IdKind::session)},
      {"service_id", id(IdKind::service)},
      {"case_id", id(IdKind::moderation_case)},
      {"channel", text(1, 64).says("The id of what the channel follows")},
      {"channel_id", text(1, 64).says("The id of what the channel follows")},
      {"role", text(1, 32).says("The name of a role")},
      {"emoji", text(1, 32).says("One emoji, percent-encoded")},
      {"calendar", text(1, 128).says("The secret of the calendar, and .ics")},
      {"file", text(1, 128).says("The name of a file of the pages")}};
  return all;
}

}  // namespace

std::vector<Parameter> paged(std::int64_t fallback, std::int64_t max,
                             std::vector<Parameter> besides) {
  Schema limit = integer();
  limit.min = 1;
  limit.description = "More than " + std::to_string(max) + " counts as " + std::to_string(max);
  std::vector<Parameter> all = std::move(besides);
  all.push_back({.name = "limit", .schema = std::move(limit), .fallback = fallback});
  all.push_back(
      {.name = "cursor", .schema = text(1, 256).says("The next_cursor of the page before")});
  return all;
}

const std::vector<Operation>& operations() {
  using Part = std::vector<Operation>;
  static const Part all = joined(std::array<Part (*)(), 12>{
      user_operations, account_operations, notification_operations, chat_operations,
      message_operations, club_operations, broadcast_operations, event_operations,
      reward_operations, server_operations, server_api_operations, moderation_operations});
  return all;
}

const std::vector<Component>& components() {
  using Part = std::vector<Component>;
  static const Part all =
      joined(std::array<Part (*)(), 3>{people_components, chat_components, club_components});
  return all;
}

const Operation* find_operation(HttpMethod method, std::string_view pattern) {
  using Key = std::pair<HttpMethod, std::string_view>;
  static const std::map<Key, const Operation*> by_route = [] {
    std::map<Key, const Operation*> all;
    for (const Operation& operation : operations()) {
      all.emplace(Key(operation.method, operation.pattern), &operation);
    }
    return all;
  }();
  const auto found = by_route.find(Key(method, pattern));
  return found == by_route.end() ? nullptr : found->second;
}

const Schema* path_parameter(std::string_view name) {
  const auto found = std::ranges::find(path_schemas(), name, &NamedSchema::name);
  return found == path_schemas().end() ? nullptr : &found->schema;
}

std::vector<std::string_view> path_parameters(std::string_view pattern) {
  std::vector<std::string_view> names;
  for (auto open = pattern.find('{'); open != pattern.npos; open = pattern.find('{', open + 1)) {
    names.push_back(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
  }
  return names;
}

}  // namespace kith::api
