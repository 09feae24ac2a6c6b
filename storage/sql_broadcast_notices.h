// Broadcasts in lists of notifications (sql_notice_sources.h): found by who belongs to what, since
// nobody has a row. Read is who has read the channel so far; reading the list moves that position.
#pragma once

#include "storage/sql_notice_sources.h"

namespace kith {

const NoticeSource& broadcast_notices();

}  // namespace kith
