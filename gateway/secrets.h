// The signing secret that a data directory makes for itself: DATA/signing_secret, 32 random bytes,
// readable by its owner alone. Whoever has it can sign in as anybody; deleting it ends all access
// tokens (refresh tokens live on).
#pragma once

#include <string>

#include "protocol/result.h"

namespace kith {

// Reads it. Errors: not_found where there is none; bad_request with one line that names the file
// where it is shorter than 32 bytes, open to others, no plain file, or cannot be read.
Result<std::string> read_signing_secret(const std::string& data_directory);

// Reads it, or makes it (and the directory, 0700) where there is none. Of two processes that do so
// at once, both get the same. Errors as above.
Result<std::string> read_or_make_signing_secret(const std::string& data_directory);

}  // namespace kith
