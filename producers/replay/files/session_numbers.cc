#include "producers/replay/files/session_numbers.h"

#include <utility>

#include "core/ids.h"

namespace segue {

SessionNumbers::Place SessionNumbers::place(std::string_view user_id, std::string_view session_id,
                                            Micros time) {
  std::string name(user_id);
  name.append(1, '\n').append(session_id);
  Session& session = remembered(segue::session_id(name).value);
  const bool cut = session_id.empty() && time - session.latest > kGapMax;
  if (session.seq == 0 || cut) session = {.seq = 0, .began = time, .latest = time};
  ++session.seq;
  session.latest = time;
  if (!session_id.empty()) return {.session_id = std::string(session_id), .seq = session.seq};
  // A hash, since listener and time together may be longer than an id.
  name.append(std::to_string(session.began / kSecond));
  return {.session_id = item_key(ItemId{segue::session_id(name).value}), .seq = session.seq};
}

SessionNumbers::Session& SessionNumbers::remembered(std::uint64_t key) {
  if (const auto found = young_.find(key); found != young_.end()) return found->second;
  Session session;
  if (const auto found = old_.find(key); found != old_.end()) session = found->second;
  if (young_.size() >= sessions_max_ / 2) {
    old_ = std::move(young_);
    young_.clear();
  }
  return young_[key] = session;
}

}  // namespace segue
