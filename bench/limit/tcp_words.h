// The few words of kith's protocol that a broadcast needs (PROTOCOL sections 2 to 4), found by
// searching bytes and written by joining them: nothing is parsed and nothing is checked. Frames
// have the bytes that kithd sends, key for key and length for length, so that a limit measured with
// them is the limit of the same work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kith::limit {

// The text behind the first `"key":"`, up to its closing quote; empty: there is none. Escapes are
// not looked for: ids have none.
std::string_view text_behind(std::string_view object, std::string_view key);

// Of a client's message.new. `content` is raw JSON and must be the object's last member.
struct NewMessage {
  std::string_view id;  // empty where the client gave none
  std::string_view chat;
  std::string_view client_message_id;
  std::string_view content;
};
NewMessage new_message(std::string_view object);

// The user whom a JWT is for, unverified: its payload's `sub`.
std::string subject_of(std::string_view token);

// What the server adds to a message. The ids are unique and well-formed, and mean nothing.
struct Stamp {
  std::uint64_t seq = 0;      // of the channel
  std::uint64_t message = 0;  // of all messages
  std::string_view sent_at;   // RFC 3339
  std::string_view sender;    // usr_…
};

// Append one unmasked text frame each.
void append_event(std::string& out, const NewMessage& message, const Stamp& stamp);
void append_ack(std::string& out, const NewMessage& message, const Stamp& stamp);
void append_ready(std::string& out, std::string_view user, std::string_view now);
void append_subscribed(std::string& out, std::string_view id, std::string_view channel,
                       std::uint64_t seq);

// Removes the mask of a client's payload (RFC 6455 section 5.3), in place.
void unmask(char* payload, std::size_t bytes, const char* mask);

}  // namespace kith::limit
