#include "storage/sql_event_log.h"

#include "storage/sql_log_reads.h"

namespace kith {

void SqlEventLog::append(Append append, AppendCallback done) {
  worker_.append(std::move(append), std::move(done));
}

void SqlEventLog::submit() {
  worker_.submit();
}

void SqlEventLog::attach(ChannelId channel, UserKey user, Callback<Attached> done) {
  worker_.read(
      StoreRead::attach,
      [channel, user](SqlConnection& db) { return attach_to_channel(db, channel, user); },
      std::move(done));
}

void SqlEventLog::read(PageRequest request, Callback<Page> done) {
  worker_.read(
      StoreRead::log, [request](SqlConnection& db) { return read_page(db, request); },
      std::move(done));
}

void SqlEventLog::measure(ChannelId channel, Seq after, Callback<Measure> done) {
  worker_.read(
      StoreRead::measure,
      [channel, after](SqlConnection& db) { return measure_missed(db, channel, after); },
      std::move(done));
}

void SqlEventLog::heads_since(std::optional<Position> position, AskedChannels asked,
                              Callback<Heads> done) {
  worker_.read(
      StoreRead::heads,
      [position, asked = std::move(asked)](SqlConnection& db) {
        return find_heads(db, position, asked);
      },
      std::move(done));
}

}  // namespace kith
