#include "tests/history/checker.h"

#include <algorithm>

#include "tests/history/content_check.h"
#include "tests/history/facts.h"
#include "tests/history/log_check.h"
#include "tests/history/machine_check.h"
#include "tests/history/operations.h"
#include "tests/history/presence_check.h"
#include "tests/history/stream_check.h"

namespace kith::test {

struct Checker::State {
  Reporter reporter;
  Facts facts{reporter};
  Operations operations{facts, reporter};
  LogCheck log{facts, reporter};
  ContentCheck content{facts, reporter};
  StreamCheck streams{facts, reporter};
  PresenceCheck presence{facts, reporter};
  std::int64_t end = 0;

  void add(const Record& record, Line line);
  void ok(const Record& record, Line line);
  void deliver(const Record& record, Line line);
};

void Checker::State::ok(const Record& record, Line line) {
  if (record.op == "history") {
    const std::int64_t began = operations.began(record);
    for (const Entry& entry : record.entries) {
      const Index user = entry.user.empty() ? kNone : facts.users.of(entry.user);
      facts.seen(facts.channel_names.of(record.channel), user, entry,
                 {.t = record.t, .as_of = began, .line = line});
    }
    streams.page(record);
  } else if (record.seq != 0) {
    streams.acked(record, line);
  }
  operations.ok(record, line, streams.user_of(record));
}

void Checker::State::deliver(const Record& record, Line line) {
  streams.deliver(record, line);
  const Entry entry{.seq = record.seq,
                    .event = record.event,
                    .message_id = record.message_id,
                    .client_message_id = record.client_message_id,
                    .digest = record.digest,
                    .deleted = record.deleted};
  const Index user = record.user.empty() ? kNone : facts.users.of(record.user);
  facts.seen(facts.channel_names.of(record.channel), user, entry,
             {.t = record.t, .as_of = streams.connected_at(record), .line = line});
}

void Checker::State::add(const Record& record, Line line) {
  ++reporter.verdict().records;
  end = std::max(end, record.t);
  switch (record.kind) {
    case Kind::Begin: {
      Channel& channel = facts.channel(facts.channel_names.of(record.channel));
      channel.baseline = std::max(channel.baseline, record.seq);
      return;
    }
    case Kind::Invoke:
      if (record.op == "subscribe") streams.subscribing(record);
      return operations.invoke(record, line, streams.user_of(record));
    case Kind::Ok:
      return ok(record, line);
    case Kind::Fail:
      return operations.fail(record);
    case Kind::Unknown:
      return operations.unknown(record);
    case Kind::Connect:
      streams.connect(record);
      return presence.connect(record, streams.user_of(record));
    case Kind::Disconnect:
      streams.disconnect(record);
      return presence.disconnect(record);
    case Kind::Attach:
      streams.attach(record, line);
      return presence.attach(record);
    case Kind::Detach:
      streams.detach(record);
      return presence.detach(record);
    case Kind::Gap:
      return streams.gap(record, line);
    case Kind::Deliver:
      return deliver(record, line);
    case Kind::Ephemeral:
      streams.ephemeral(record, line);
      return presence.ephemeral(record, line);
    case Kind::Truth:
      return presence.truth(record, line);
    case Kind::Right:
      return streams.right(record, line);
    case Kind::Final:
      return log.final(record, line);
    case Kind::Resource:
      return judge_resource(record, line, reporter);
    case Kind::Process:
      return judge_process(record, line, reporter);
    case Kind::Heal:
      presence.fault_ended(record.t);
      return judge_heal(record, line, reporter);
  }
}

Checker::Checker() : state_(std::make_unique<State>()) {}
Checker::~Checker() = default;

void Checker::add(const Record& record, std::uint64_t line) {
  state_->add(record, line);
}

Verdict Checker::finish() {
  State& state = *state_;
  state.operations.finish();
  state.log.finish();
  state.content.finish();
  state.streams.finish();
  state.presence.finish(state.end);
  Verdict& verdict = state.reporter.verdict();
  verdict.channels = state.facts.channel_names.size();
  std::stable_sort(verdict.violations.begin(), verdict.violations.end(),
                   [](const Violation& left, const Violation& right) {
                     return std::stoi(left.check.substr(1)) < std::stoi(right.check.substr(1));
                   });
  return std::move(verdict);
}

Verdict check(const History& history) {
  Checker checker;
  Line line = 0;
  for (const Record& record : history) checker.add(record, ++line);
  return checker.finish();
}

}  // namespace kith::test
