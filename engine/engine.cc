#include "engine/engine.h"

#include <algorithm>

#include "engine/engine_impl.h"
#include "engine/ports/for_all.h"

namespace kith {

using namespace std::chrono_literals;

Engine::Impl::Impl(EnginePorts ports, EngineOptions options)
    : context(ports, std::move(options)),
      hub(context),
      delivery(context),
      attacher(context),
      connections(context),
      typing(context),
      presence(context),
      receipts(context),
      leaderboards(context),
      broadcasts(context),
      messages(context.options.messages_per_minute) {
  context.sessions = &sessions;
  context.hub = &hub;
  context.delivery = &delivery;
  context.attacher = &attacher;
  context.connections = &connections;
  context.typing = &typing;
  context.presence = &presence;
  context.receipts = &receipts;
  context.leaderboards = &leaderboards;
  context.broadcasts = &broadcasts;
  connections.on_text = [this](SessionRef ref, std::string_view text) { on_text(ref, text); };
}

Engine::Engine(EnginePorts ports, EngineOptions options)
    : impl_(std::make_unique<Impl>(ports, std::move(options))) {}
Engine::~Engine() = default;

void Engine::begin_turn(TurnTime now, bool sinks_refer) {
  impl_->context.now = now;
  impl_->hub.begin_turn(sinks_refer);
}

std::size_t Engine::shared_bytes() const {
  return impl_->hub.said_bytes();
}

void Engine::tick() {
  Impl& engine = *impl_;
  engine.delivery.tick();
  engine.typing.tick();
  engine.presence.tick();
  engine.receipts.tick();
  engine.leaderboards.tick();
  engine.broadcasts.tick();
  engine.connections.tick();
  const SteadyTime now = engine.context.now.steady;
  if (now >= engine.next_second) {
    engine.next_second = now + 1s;
    engine.attacher.retry();
  }
  if (now >= engine.next_minute) {
    if (engine.next_minute == SteadyTime{} && engine.context.options.messages_per_minute > 0) {
      engine.context.ports.bus.follow(kLimitsChannel);
    }
    engine.next_minute = now + 60s;
    engine.messages.forget_full(now);
  }
}

void Engine::flush() {
  Impl& engine = *impl_;
  for_all(std::exchange(engine.later, {}), [](Task& task) { task(); });
  engine.connections.run_backlogs();
  engine.connections.end_turn();
  engine.hub.flush();
  // To catch one up writes to the crowds it was in, and may find others that are behind.
  for (auto fallen = engine.hub.take_fallen(); !fallen.empty(); fallen = engine.hub.take_fallen()) {
    for (const SessionRef ref : fallen) {
      Session* session = engine.sessions.find(ref);
      if (session == nullptr) continue;
      engine.attacher.catch_up(*session);
      engine.connections.update_reading(*session);
    }
  }
  engine.context.ports.log.submit();
  engine.context.ports.bus.flush();
}

SteadyTime Engine::next_deadline() const {
  const Impl& engine = *impl_;
  if (!engine.later.empty() || engine.hub.holding()) return engine.context.now.steady;
  return std::min({engine.delivery.next_deadline(), engine.typing.next_deadline(),
                   engine.presence.next_deadline(), engine.receipts.next_deadline(),
                   engine.leaderboards.next_deadline(), engine.broadcasts.next_deadline(),
                   engine.connections.next_deadline(), engine.next_second});
}

SessionRef Engine::open(SessionSink& sink, OpenSocket socket) {
  return impl_->connections.open(sink, std::move(socket));
}

void Engine::on_text(SessionRef session, std::string_view text) {
  impl_->on_text(session, text);
}

void Engine::on_binary(SessionRef ref) {
  Session* session = impl_->sessions.find(ref);
  if (session == nullptr) return;
  impl_->connections.close(*session, CloseCode::not_this_protocol, "binary frames are not used");
}

void Engine::on_flood(SessionRef ref, std::string_view reason) {
  Session* session = impl_->sessions.find(ref);
  if (session == nullptr) return;
  impl_->connections.close(*session, CloseCode::over_capacity, reason);
}

void Engine::on_drained(SessionRef ref) {
  Session* session = impl_->sessions.find(ref);
  if (session != nullptr) impl_->connections.on_drained(*session);
}

void Engine::closed(SessionRef session) {
  impl_->connections.closed(session);
}

void Engine::on_bus_event(const BusEventPtr& event) {
  switch (event->kind) {
    case BusKind::durable:
      impl_->delivery.on_bus_event(event);
      break;
    case BusKind::typing:
      impl_->typing.on_bus_event(*event);
      break;
    case BusKind::read:
      impl_->receipts.on_bus_event(*event);
      break;
    case BusKind::presence:
      impl_->presence.on_bus_event(*event);
      break;
    case BusKind::board:
      impl_->leaderboards.on_bus_event(*event);
      break;
    case BusKind::spent:
      impl_->messages.charge({.user = event->user, .count = event->seq}, impl_->context.now.steady);
      break;
    case BusKind::state:
      impl_->delivery.on_state(*event);
      break;
  }
}

void Engine::on_bus_healed() {
  impl_->delivery.look_now();
}

void Engine::publish(std::vector<DurableEvent> events) {
  impl_->delivery.publish(std::move(events));
}

Actor Engine::actor(const Identity& who) const {
  return impl_->actor(who);
}
MessageId Engine::new_message_id() {
  return MessageId{impl_->context.ids.next(impl_->context.now.wall)};
}
ChatId Engine::new_chat_id() {
  return ChatId{impl_->context.ids.next(impl_->context.now.wall)};
}
Uuid Engine::new_uuid() {
  return impl_->context.ids.next(impl_->context.now.wall);
}
ReportId Engine::new_report_id() {
  return ReportId{impl_->context.ids.next(impl_->context.now.wall)};
}

void Engine::set_outbound_budget(std::size_t bytes) {
  impl_->context.options.outbound_bytes_max = bytes;
}

void Engine::drain(std::chrono::milliseconds spread, CloseCode code) {
  impl_->connections.drain(spread, code);
}
std::size_t Engine::sessions() const {
  return impl_->sessions.size();
}
const Counters& Engine::counters() const {
  return impl_->context.counters;
}

Engine::Gauges Engine::gauges() const {
  Gauges gauges;
  impl_->sessions.for_each([&](const Session& session) {
    gauges.queued_bytes += session.sink->queued_bytes();
    gauges.subscriptions += session.subscriptions.size();
    if (session.state != Session::State::live) {
      ++gauges.sessions_waiting;
      return;
    }
    const Subscription* first = session.work.empty() ? nullptr : session.find(session.work.front());
    if (first != nullptr && !first->request) {
      ++gauges.sessions_lagging;
    } else {
      ++gauges.sessions_live;
    }
  });
  gauges.channels = impl_->hub.size();
  return gauges;
}

}  // namespace kith
