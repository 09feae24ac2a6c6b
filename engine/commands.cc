// A text message of a client: one object, or several by newlines, each counted by itself.
#include <algorithm>

#include "engine/engine_impl.h"
#include "engine/replies.h"
#include "protocol/failpoint.h"

namespace kith {

void Engine::Impl::on_text(SessionRef ref, std::string_view text) {
  for_each_line(text, [&](std::string_view line) {
    Session* session = sessions.find(ref);
    if (session == nullptr) return false;
    if (!session->backlog.empty() || connections.must_wait(*session)) {
      connections.hold_back(*session, line);
      return true;
    }
    return on_line(*session, line);
  });
  if (Session* session = sessions.find(ref)) connections.update_reading(*session);
}

bool Engine::Impl::on_line(Session& session, std::string_view line) {
  ++context.counters.frames_in;
  auto frame = parser.parse(line, session.path_chat);
  if (!frame) {
    connections.close(session, CloseCode::not_this_protocol,
                      "not a JSON object with a string type");
    return false;
  }
  const SessionRef ref = session.ref;
  connections.drop_if_it_throws(ref, [&] { on_frame(session, *frame); });
  return sessions.find(ref) != nullptr;
}

void Engine::Impl::on_frame(Session& session, ParsedFrame& frame) {
  const bool waiting = session.state == Session::State::waiting_init;
  if (waiting && frame.type != "connection.init") {
    connections.close(session, CloseCode::init_timeout, "the first frame must be connection.init");
    return;
  }
  if (!frame.command) {
    ++context.counters.frames_bad;
    const Error& error = frame.command.error();
    note_refusal(context, session, frame.type, error.code);
    write_error(context, session,
                {.id = frame.id,
                 .code = error.code,
                 .message = error.message,
                 .client_message_id = frame.client_message_id});
    return;
  }
  ReplyTo to{.session = session.ref,
             .id = std::string(frame.id),
             .command = static_cast<std::uint8_t>(frame.command->index()),
             .type = frame.type_index};
  KITH_FAILPOINT("command_handler");
  std::visit([&](auto& command) { handle(session, std::move(to), command); }, *frame.command);
}

Session* Engine::Impl::finish_command(const ReplyTo& to, Outcome outcome) {
  count(to.command, outcome);
  Session* session = sessions.find(to.session);
  if (session == nullptr) return nullptr;
  KITH_ASSERT(session->in_flight > 0);
  session->in_flight -= std::min(session->in_flight, to.weight);
  connections.update_reading(*session);
  return session;
}

void Engine::Impl::answer_error(const ReplyTo& to, const Error& error,
                                std::string_view client_message_id) {
  const bool down = error.code == ErrorCode::unavailable || error.code == ErrorCode::internal;
  Session* session = finish_command(to, down ? Outcome::unavailable : Outcome::refused);
  if (session == nullptr) return;
  note_refusal(context, *session, kFrameTypes[to.type], error.code);
  write_error(context, *session,
              {.id = to.id,
               .code = error.code,
               .message = error.message,
               .client_message_id = client_message_id,
               .retry_after = error.retry_after});
}

}  // namespace kith
