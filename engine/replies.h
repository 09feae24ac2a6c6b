// What a session is told directly: answers, errors, announcements.
#pragma once

#include <string_view>

#include "engine/context.h"
#include "engine/session.h"
#include "protocol/event.h"
#include "protocol/json_writer.h"

namespace kith {

// One JSON object as one text frame.
void write_frame(Session& session, std::string_view json);
// Counts towards the session's errors a minute; over the limit it is closed (4013) at the end of
// the turn.
void write_error(Context& context, Session& session, const ErrorFrame& error);
// For whoever wants to know of refused accesses: goes with each answer, or close, to what a frame
// of this type asked for. What is no refusal is nothing to it.
void note_refusal(const Context& context, const Session& session, std::string_view frame,
                  ErrorCode code);
void write_ack(Session& session, const Ack& ack);
// `code` is empty where the client asked for it.
void write_unsubscribed(Session& session, std::string_view id, const ChannelId& channel,
                        std::string_view code);

// The event of a message that was just committed.
DurableEvent message_event(Append&& append, const Appended& appended);

// As an ack's whole frame, to stand in a channel's chunk.
std::string ack_frame(const Ack& ack);

}  // namespace kith
