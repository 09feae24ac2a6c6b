#include "gateway/shard.h"

#include <pthread.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "gateway/engine_setup.h"
#include "gateway/log.h"

namespace kith {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

// Handlers per turn, and how long they may take: more only delay what the turn has to say. The time
// counts in a storm, where a handler is a handshake or a login.
constexpr int kEventsPerTurn = 1024;
constexpr int kNewcomersPerTurn = 16;
constexpr std::size_t kDeparturesPerTurn = 32;
constexpr int kHandlersPerTurn = 256;
constexpr auto kTurnMax = 2ms;
constexpr int kHandlersPerLook = 8;  // at the clock
constexpr std::size_t kSharedBytesMax = 4 * 1024 * 1024;  // of chunks that sockets refer to
constexpr std::size_t kReadBufferBytes = 64 * 1024 + 64;
constexpr std::size_t kSlowestPerShard = 8;

// Who is over a limit gets what its socket takes at once, and no more of our time.
void refuse(ClientSocket socket) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nServer: kith\r\nContent-Length: 0\r\n"
      "Retry-After: 1\r\nConnection: close\r\n\r\n";
  boost::system::error_code ignored;  // it is going either way
  socket.non_blocking(true, ignored);
  socket.write_some(boost::asio::buffer(kAnswer), ignored);
  socket.shutdown(ClientSocket::shutdown_send, ignored);
  // What it has asked already would make the close a reset, which may overtake the answer.
  std::array<char, 4096> unread;
  socket.read_some(boost::asio::buffer(unread), ignored);
}

}  // namespace

Shard::Shard(std::size_t index, ShardEnvironment environment)
    : index_(index),
      environment_(std::move(environment)),
      io_(std::make_unique<boost::asio::io_context>(1)),
      mailbox_(*io_, [this] { enter_turn(); }),
      ports_(environment_.adapters.for_shard(mailbox_)),
      authenticator_(TokenVerifier(environment_.key, environment_.parties), ports_->accounts(),
                     mailbox_),
      refused_frames_(refused_access_, ports_->accounts(), [this] { return enter_turn(); }),
      admissions_(
          authenticator_, environment_.config.notifications.icebreakers ? ports_->feeds() : nullptr,
          [this] { return enter_turn().wall; },
          [this](std::vector<DurableEvent> events) { engine_.publish(std::move(events)); }),
      engine_(
          {.log = ports_->log(),
           .chats = ports_->chats(),
           .bus = ports_->bus(),
           .presence = environment_.adapters.presence(),
           .authenticator = admissions_,
           .sockets = environment_.sockets,
           .witness = environment_.witness,
           .refusals = &refused_frames_,
           .boards = ports_->boards(),
           .clubs = ports_->clubs(),
           .broadcasts = ports_->broadcasts(),
           .events = ports_->events()},
          engine_options(environment_.config, environment_.adapters, environment_.server.build())),
      presence_(
          ports_->bus(), engine_,
          [&sockets = environment_.sockets](const UserId& user) { return sockets.has_any(user); }),
      services_{.config = environment_.config,
                .engine = engine_,
                .accounts = ports_->accounts(),
                .chats = ports_->chats(),
                .boards = ports_->boards(),
                .profiles = ports_->profiles(),
                .feeds = ports_->feeds(),
                .events = ports_->events(),
                .clubs = ports_->clubs(),
                .broadcasts = ports_->broadcasts(),
                .service_accounts = ports_->service_accounts(),
                .moderation = ports_->moderation(),
                .bus = ports_->bus(),
                .presence = presence_,
                .log = ports_->log(),
                .notifications = ports_->notifications(),
                .recovery = ports_->recovery(),
                .outbox = ports_->outbox(),
                .rewards = ports_->rewards(),
                .authenticator = authenticator_,
                .refused_access = refused_access_,
                .signer = environment_.signer,
                .passwords = environment_.passwords,
                .completions = mailbox_,
                .server = environment_.server,
                .connections = environment_.connections,
                .counters = counters_,
                .now = [this] { return enter_turn(); }},
      poller_(std::make_unique<SocketPoller>(*io_, kEventsPerTurn)),
      lobby_(std::make_unique<SocketPoller>(*io_, kNewcomersPerTurn)),
      read_buffer_(kReadBufferBytes),
      web_sockets_{
          .engine = engine_,
          .counters = counters_,
          .poller = *poller_,
          .lobby = *lobby_,
          .leaving = leaving_,
          .blocks = blocks_,
          .read_buffer = read_buffer_,
          .enter_turn = [this] { return enter_turn(); },
          .to_flush = to_flush_,
          .ping_interval = std::chrono::seconds(environment_.config.gateway.ping_interval_s),
          .ping_timeout = std::chrono::seconds(environment_.config.gateway.ping_timeout_s)},
      listener_(std::make_unique<Listener>(
          *io_, [this](ClientSocket socket) { on_accept(std::move(socket)); })) {
  ports_->set_receiver(presence_);
  if (index_ == 0) start_upkeep();
  environment_.server.set_refresh(index_, [this](Task done) {
    std::vector<Task> tasks;
    tasks.push_back([this, done = std::move(done)]() mutable {
      publish_snapshot();
      done();
    });
    mailbox_.post(std::move(tasks));
  });
}

Shard::~Shard() {
  stop();
  join();
  to_flush_.clear();
  sessions_.clear();
  listener_.reset();
  poller_.reset();
  lobby_.reset();
  mailbox_.close();
  io_.reset();
}

void Shard::start() {
  listener_->start();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("shard-" + std::to_string(index_)).c_str());
    run();
  });
}

void Shard::run() {
  const auto keep_alive = boost::asio::make_work_guard(*io_);
  enter_turn();
  next_second_ = now_.steady;
  end_turn();
  while (!stopped_) {
    try {
      turn();
    } catch (const std::exception& error) {
      // A bug of ours in one handler: its session is gone with it, the shard goes on (RELIABILITY
      // 1.1). What the turn has gathered still goes out.
      handler_failed(error);
      end_failed_turn();
    }
  }
}

void Shard::handler_failed(const std::exception& error) {
  ++counters_.handler_failures;
  log_event(LogLevel::error, "shard.handler_failed", {{"reason", error.what()}});
}

void Shard::end_failed_turn() {
  try {
    in_turn_ = true;
    end_turn();
  } catch (const std::exception& error) {
    handler_failed(error);  // the rest goes with the next turn
  }
}

void Shard::turn() {
  in_turn_ = false;
  poller_->begin_turn();
  lobby_->begin_turn();
  const SteadyTime wake =
      std::min(engine_.next_deadline(), std::min(next_second_, now_.steady + 1s));
  // Where `wake` has passed already it looks at nothing, and who has spoken is judged unheard.
  const bool idle = leaving_.empty() && !to_flush_.waiting();
  const bool waited = idle && io_->run_one_until(wake) > 0;
  const bool more = waited || io_->poll_one() > 0;
  if (more) {
    // Who is connected, and what was asked for, goes before those who are still coming: in Asio's
    // queue both would stand behind thousands of handshakes.
    poller_->dispatch();
    mailbox_.drain();
    const SteadyTime until = std::chrono::steady_clock::now() + kTurnMax;
    for (int i = 1; i < kHandlersPerTurn && !poller_->full() && io_->poll_one() > 0; ++i) {
      if (i % kHandlersPerLook == 0 && std::chrono::steady_clock::now() >= until) break;
    }
  }
  if (stopped_) return;
  enter_turn();
  part_with_some();
  end_turn();
}

void Shard::part_with_some() {
  for (std::size_t i = 0; i < kDeparturesPerTurn && !leaving_.empty(); ++i) {
    WebSocketSession* session = leaving_.back();
    leaving_.pop_back();
    session->leave_engine();
  }
}

TurnTime Shard::enter_turn() {
  if (!in_turn_) {
    in_turn_ = true;
    now_ = {.steady = std::chrono::steady_clock::now(),
            .wall = std::chrono::time_point_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now())};
    bool refer = to_flush_.waiting();
    if (refer && engine_.shared_bytes() > kSharedBytesMax) {
      to_flush_.hold_chunks();
      refer = false;
    }
    engine_.begin_turn(now_, refer);
  }
  return now_;
}

void Shard::end_turn() {
  engine_.tick();
  const bool second = now_.steady >= next_second_;
  if (second) every_second(now_.steady);
  mind_memory(now_.steady);
  engine_.flush();
  to_flush_.flush([] { return std::chrono::steady_clock::now(); });
  if (second) {
    std::erase_if(sessions_, [](const auto& session) {
      return session->is_closed() && !session->is_leaving() && !session->waits_to_flush();
    });
  }
  if (drain_deadline_ && quiet(now_.steady)) note_drained(now_.steady);
}

void Shard::publish_snapshot() {
  ShardSnapshot snapshot{
      .engine = engine_.counters(), .gauges = engine_.gauges(), .gateway = counters_};
  if (upkeep_) snapshot.reward_lag = upkeep_->lag();
  if (environment_.server.console_watched(now_.steady)) {
    snapshot.slowest = engine_.slowest_sessions(kSlowestPerShard);
  }
  environment_.server.publish_snapshot(index_, std::move(snapshot));
}

void Shard::on_accept(ClientSocket socket) {
  ++counters_.connections_accepted;
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return;  // gone again
  auto place = environment_.connections.admit(unmapped(endpoint.address()));
  if (!place) {
    ++counters_.connections_refused;
    refuse(std::move(socket));
    return;
  }
  socket.set_option(tcp::no_delay(true), error);
  boost::asio::co_spawn(*io_, serve_http(std::move(socket), services_, *this),
                        [this, place = *std::move(place)](const std::exception_ptr& failure) {
                          environment_.connections.settled();
                          if (!failure) return;
                          ++counters_.handler_failures;
                          log_event(LogLevel::error, "http.connection_failed");
                        });
}

void Shard::adopt(ClientSocket socket, std::string leftover, UpgradeRequest request) {
  WebSocketSession& session = *sessions_.emplace_back(std::make_unique<WebSocketSession>(
      std::move(socket), web_sockets_, std::move(request.place), std::move(request.correlation_id),
      environment_.config.limits.frame_bytes));
  session.start({.token = std::move(request.token),
                 .chat = request.chat,
                 .chat_malformed = request.chat_malformed},
                std::move(leftover));
}

}  // namespace kith
