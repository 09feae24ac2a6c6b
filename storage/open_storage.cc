#include "storage/open_storage.h"

#include <string_view>

#include "storage/memory_storage.h"
#include "storage/postgres_storage.h"
#include "storage/sqlite_storage.h"

namespace kith {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kMemory = "memory:";

}  // namespace

Result<std::unique_ptr<Storage>> open_storage(StorageOptions options) {
  if (options.url.starts_with(kSqlite) && options.url.size() > kSqlite.size()) {
    const std::string directory = options.url.substr(kSqlite.size());
    return open_sqlite_storage(directory, std::move(options));
  }
  if (options.url == kMemory) return open_memory_storage(std::move(options));
  // The URL may hold a password: only its scheme is told.
  const std::string scheme = options.url.substr(0, options.url.find(':'));
  if (scheme == "postgres" || scheme == "postgresql") {
    return open_postgres_storage(std::move(options));
  }
  return fail(ErrorCode::unavailable,
              "storage.url: \"" + scheme + ":\" is not sqlite:DIR, postgres://... or memory:");
}

}  // namespace kith
