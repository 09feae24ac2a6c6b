// The names of scopes, as engine/ports/service_accounts.h has them.
#include <array>

#include "engine/ports/service_accounts.h"

namespace kith {
namespace {

struct NamedScope {
  ServiceScope scope;
  std::string_view name;
};
constexpr std::array kScopes{NamedScope{ServiceScope::events_publish, "events:publish"},
                             NamedScope{ServiceScope::users_write, "users:write"},
                             NamedScope{ServiceScope::users_disconnect, "users:disconnect"},
                             NamedScope{ServiceScope::chats_write, "chats:write"},
                             NamedScope{ServiceScope::members_write, "members:write"},
                             NamedScope{ServiceScope::messages_write, "messages:write"},
                             NamedScope{ServiceScope::presence_read, "presence:read"}};

}  // namespace

std::string_view to_string(ServiceScope scope) {
  for (const NamedScope& named : kScopes) {
    if (named.scope == scope) return named.name;
  }
  return "";
}

std::optional<ServiceScope> parse_service_scope(std::string_view text) {
  for (const NamedScope& named : kScopes) {
    if (named.name == text) return named.scope;
  }
  return std::nullopt;
}

std::vector<ServiceScope> ServiceScopes::list() const {
  std::vector<ServiceScope> out;
  for (const NamedScope& named : kScopes) {
    if (has(named.scope)) out.push_back(named.scope);
  }
  return out;
}

Result<ServiceScopes> parse_service_scopes(std::string_view list) {
  ServiceScopes scopes;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto scope = parse_service_scope(list.substr(0, comma));
    if (!scope) {
      std::string known;
      for (const NamedScope& named : kScopes)
        known += (known.empty() ? "" : ", ") + std::string(named.name);
      return fail(ErrorCode::bad_request, "is a list of " + known, "scopes");
    }
    scopes.add(*scope);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  if (scopes.empty()) return fail(ErrorCode::bad_request, "names no scope", "scopes");
  return scopes;
}

}  // namespace kith
