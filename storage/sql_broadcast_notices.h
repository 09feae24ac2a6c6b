// Broadcasts in members' lists of notifications (sql_notice_sources.h): found by who belongs to
// what, since no member has a row. Read is who has read the channel so far, or their list.
#pragma once

#include "storage/sql_notice_sources.h"

namespace kith {

const NoticeSource& broadcast_notices();

}  // namespace kith
