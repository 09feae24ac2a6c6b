// The scenarios of kith-bench. Each blocks until its run is over, and counts what was lost, doubled
// or reordered besides its own figures.
#pragma once

#include "bench/report.h"
#include "bench/run.h"

namespace kith::bench {

// Everybody in every chat is connected, somebody in each chat keeps acting: open loop, and a mix of
// commands. Connections may break, and the server be killed in the middle.
Report run_rooms(const Seed& seed, const RunOptions& options);

// The first member of each chat publishes to all others: open loop, or so many messages under way
// per chat, where a message has landed when all subscribers have it.
Report run_broadcast(const Seed& seed, const RunOptions& options);

// Of a club: its owner broadcasts over HTTP, one after the other, and everybody else follows it;
// bystanders in chats of their own write all the time. What does it cost them, and how long does
// one take from the first member to the last?
// Figures: broadcasts, members_online, first_to_last_p50_ms, first_to_last_max_ms,
// last_after_send_max_ms (from the request to the last member), bystander_calm_p99_ms,
// bystander_broadcast_p99_ms (of what was due between a request and its last member), club_members;
// store_commits_p50, transactions from the request to the last delivery (without bystanders alone,
// whose commits would be among them); delivered and seen of the last one, as the server says;
// wrong_numbers, broadcasts of which it says another number of sockets than got it, or of members
// than have read on behind it.
Report run_club_broadcast(const Seed& seed, const RunOptions& options);

// Acks alone: nobody subscribes. Afterwards one member per chat reads back what was acked.
Report run_sends(const Seed& seed, const RunOptions& options);

// Everybody is connected and subscribed, and nothing happens; then one message per chat must reach
// everybody.
Report run_idle(const Seed& seed, const RunOptions& options);

// The crowd is cut off, misses some messages per chat, and comes back at once, each client resuming
// its chat. Bystanders in chats of their own write all the time: what does it cost them?
// Figures: clients, caught_up_s (the last client), caught_up_p50_s, caught_up_p99_s,
// server_cpu_us_per_client, store_queries_per_client (where the server's /metrics counts them),
// bystander_calm_p99_ms, bystander_cut_p99_ms (while they went), bystander_storm_p99_ms (of what
// was due from when the crowd was let go until the last had everything).
Report run_storm(const Seed& seed, const RunOptions& options);

// Some clients stop reading in the middle of the load, and read again after it. What does it cost
// the others, and do the slow ones get everything?
// Figures: slow_clients, healthy_calm_p99_ms, healthy_slow_p99_ms, slow_caught_up_s.
Report run_slow(const Seed& seed, const RunOptions& options);

// Many users, many activities over HTTP, some told of twice under one key, and a live board watched
// over sockets. At the end each score, streak and board entry must be what the acked activities
// make (reward_ledger.h), and every watcher's copy the board. Throws std::runtime_error where the
// server takes no activities. Figures: users, activities_acked, repeats_acked, outcomes_unknown,
// watchers, board_frames, board_bytes_per_frame, board_copies, checked_users, unjudged_streaks, and
// what is wrong: wrong_scores, wrong_streaks, wrong_boards, wrong_watchers, wrong_repeats.
Report run_rewards(const Seed& seed, const RunOptions& options);

// A mix of reads and writes over HTTP: users, clubs, posts, feeds, events and RSVPs, made for the
// run; some users follow their club over sockets. Every post that was acked must stand in its feed,
// and none twice.
// Throws std::runtime_error where the server has no clubs, or not what the mix needs.
// Figures: users, clubs, events, followers, posts_lost, posts_doubled.
Report run_crud(const Seed& seed, const RunOptions& options);

}  // namespace kith::bench
