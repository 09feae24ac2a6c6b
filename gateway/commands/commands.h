// The commands of kithd beside serving. Each does its work, prints what came of it and gives the
// exit code: 0, 1 with one line on stderr, or kExitConfig.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/commands/invocation.h"
#include "storage/open_storage.h"

namespace kith {

// The password of all users that `kithd seed` makes.
inline constexpr std::string_view kSeededPassword = "kith-seeded-password";

// `kithd --demo`: two users to try things with, in one chat; made where the data has none yet.
// Their password is public, so the server must be alone on loopback with data of its own: else
// bad_request, with one clear line.
inline constexpr std::string_view kDemoPassword = "kith-demo-password";
Status prepare_demo(const Config& config);

int check_config(const Config& config);

// Makes users and rooms and writes {"users":[{"id","email","token"}],"chats":[{"id","members"}]}
// to a file that only its owner may read; the tokens are good for a day.
int seed(const Config& config, const invocation::Seed& request);

// Prints a token and nothing else; writes nothing, so it works beside a running kithd.
int print_token(const Config& config, const invocation::Token& request);

int grant(const Config& config, const invocation::Grant& request);

// Makes a service account and prints its token, which nobody can be told again.
int create_service_token(const Config& config, const invocation::ServiceToken& request);

// The store has been restored from a backup: gives its log a new epoch.
int after_restore(const Config& config);

// Any of the above. Must not be Serve.
int run_command(const Invocation& invocation);

// --- what they share ---

// "kithd: <line>" on stderr; returns `code`.
int complain(std::string_view line, int code = 1);
enum class StoreUse { read, write };
Result<std::unique_ptr<Storage>> open_store(const Config& config, StoreUse use);
WallTime wall_clock_now();
UuidGenerator make_uuid_generator();

}  // namespace kith
