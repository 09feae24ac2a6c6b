#include "gateway/refused_access.h"

#include <utility>

#include "protocol/json_writer.h"

namespace kith {

namespace {

constexpr std::chrono::seconds kEntryOfCallerEvery{1};
constexpr std::chrono::seconds kCallersSweptEvery{1};

std::int64_t caller_key(const RefusedAccess::Refusal& refusal) {
  if (refusal.user) return static_cast<std::int64_t>(*refusal.user);
  return refusal.service ? -refusal.service->key : 0;
}

void write_refused(JsonWriter& json, const RefusedAccess::Request& request) {
  std::string route(to_string(request.method));
  route += ' ';
  route += request.pattern;
  json.field("route", route).field("status", request.status);
}

void write_refused(JsonWriter& json, const RefusedAccess::Frame& frame) {
  json.field("frame", frame.type).field("code", to_string(frame.code));
}

}  // namespace

std::optional<std::string> RefusedAccess::entry_for(const Refusal& refusal, SteadyTime now) {
  Caller* const caller = find_caller(refusal, now);
  if (caller == nullptr) {
    ++left_out_of_others_;
    return std::nullopt;
  }
  if (!caller->entries.try_take(now) || !entries_.try_take(now)) {
    ++caller->left_out;
    return std::nullopt;
  }
  std::string detail;
  JsonWriter json(detail);
  json.begin_object();
  std::visit([&](const auto& by) { write_refused(json, by); }, refusal.by);
  if (refusal.service) json.field("service_id", refusal.service->id);
  if (caller->left_out > 0) json.field("left_out", std::exchange(caller->left_out, 0));
  if (left_out_of_others_ > 0) {
    json.field("left_out_of_others", std::exchange(left_out_of_others_, 0));
  }
  json.end_object();
  return detail;
}

RefusedAccess::Caller* RefusedAccess::find_caller(const Refusal& refusal, SteadyTime now) {
  const std::int64_t key = caller_key(refusal);
  if (const auto found = callers_.find(key); found != callers_.end()) return &found->second;
  if (callers_.size() >= kCallersMax) forget_quiet_callers(now);
  if (callers_.size() >= kCallersMax) return nullptr;
  Caller caller{.entries = TokenBucket(kEntriesPerCaller, kEntryOfCallerEvery, now)};
  return &callers_.emplace(key, caller).first->second;
}

// A sweep costs the whole table, so it is not done more often than it can free anything.
void RefusedAccess::forget_quiet_callers(SteadyTime now) {
  if (swept_ && now - *swept_ < kCallersSweptEvery) return;
  swept_ = now;
  std::erase_if(callers_, [this, now](const auto& entry) {
    if (!entry.second.entries.full(now)) return false;
    left_out_of_others_ += entry.second.left_out;
    return true;
  });
}

}  // namespace kith
