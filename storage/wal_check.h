// A look at a write-ahead log before SQLite opens it (sqlite.org/fileformat2.html#walformat).
//
// SQLite takes what is whole of it up to the first frame that is not, and drops the rest without a
// word: after a power cut that is right, since the rest is one transaction that nobody was told of.
// But where whole transactions stand behind the break, those before the last were synced and acked,
// so something has changed the file since: a disk's error, or somebody.
#pragma once

#include <string>

#include "protocol/result.h"

namespace kith {

// unavailable, with one clear line: acked transactions would be dropped, or the file cannot be
// read. A log that is missing or empty is none. Damage to the last transaction cannot be told from
// a power cut.
Status check_write_ahead_log(const std::string& path);

}  // namespace kith
