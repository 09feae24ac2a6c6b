// What a store answered, as text: everything that a client can see of it, nothing that is a store's
// own (row keys, positions, cursors, the ids of notifications). Equal stores, equal texts.
#pragma once

#include <string>

#include "storage/open_storage.h"

namespace kith {

std::string describe(const DurableEvent& event);
std::string describe(const Appended& appended);
std::string describe(const Committed& committed);
std::string describe(const MarkedRead& marked);
std::string describe(const MessageRecord& message);
std::string describe(const ChatRecord& chat);
std::string describe(const CreatedChat& created);
std::string describe(const ChatList& list);
std::string describe(const std::vector<ChatId>& chats);
std::string describe(const HistoryPage& page);
std::string describe(const Attached& attached);
std::string describe(const Page& page);
std::string describe(const Heads& heads);  // sorted by channel
std::string describe(const ReportId& report);
std::string describe(const UserRecord& user);
std::string describe(const Nothing& nothing);

std::string describe(const Error& error);  // its code and field

template <typename T>
std::string describe(const Result<T>& result) {
  return result ? describe(*result) : describe(result.error());
}

}  // namespace kith
