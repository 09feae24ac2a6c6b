// What the outbox has given up (engine/ports/outbox.h), for whoever runs the server.
#pragma once

#include <vector>

#include "engine/ports/outbox.h"
#include "storage/sql_session.h"

namespace kith {

Result<std::vector<DeadLetter>> list_dead_letters(SqlConnection& db,
                                                  std::optional<OutgoingChannel> channel,
                                                  std::uint32_t limit);
Result<RetriedLetters> retry_dead_letters(WriteContext& context, const Actor& by,
                                          std::optional<OutgoingChannel> channel);

}  // namespace kith
