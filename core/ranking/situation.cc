#include "core/ranking/situation.h"

#include <array>
#include <cmath>
#include <numbers>

#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 16> kColumns = {
    "habit",   "session_repeats", "position",      "artist_run",     "stay",        "artist_stay",
    "history", "hour_sin",        "hour_cos",      "next_support",   "last_repeat", "artist_size",
    "own_run", "company",         "session_stays", "session_returns"};

std::vector<std::string_view> all_columns() {
  std::vector<std::string_view> all(kColumns.begin(), kColumns.end());
  for (const Source* source : sources()) all.push_back(source->name);  // how far it is trusted
  return all;
}

float squashed(float count) { return 0.2F * std::log1p(count); }

}  // namespace

std::span<const std::string_view> situation_columns() {
  static const std::vector<std::string_view> kAll = all_columns();
  return kAll;
}

void describe_situation(const Query& query, Eigen::VectorXf& situation) {
  situation = Eigen::VectorXf::Zero(static_cast<Eigen::Index>(situation_columns().size()));
  const Listener& listener = query.listener();
  situation[0] = listener.repeat_share;
  situation[1] = listener.session_listens == 0
                     ? 0
                     : static_cast<float>(listener.session_repeats) /
                           static_cast<float>(listener.session_listens + 1);
  situation[2] = 2.5F * squashed(static_cast<float>(listener.session_listens));
  situation[3] = 2.5F * squashed(static_cast<float>(query.artist_run()));
  situation[4] = listener.stay_share;
  situation[6] = squashed(static_cast<float>(listener.listens));
  const double hour = 2 * std::numbers::pi * std::fmod(seconds_of(query.now()) / 86'400, 1);
  situation[7] = static_cast<float>(std::sin(hour));
  situation[8] = static_cast<float>(std::cos(hour));
  if (!query.context().empty()) {
    const Query::Past& latest = query.context().front();
    if (latest.artist_slot != ItemModels::kNone) {
      const ItemModels::Model& artist = query.models()[latest.artist_slot];
      situation[5] = artist.stay;
      situation[11] = squashed(static_cast<float>(artist.links.size()));
    }
    if (latest.slot != ItemModels::kNone) {
      const ItemModels::Model& track = query.models()[latest.slot];
      situation[9] = 2 * squashed(track.next_total);
      situation[13] = squashed(track.together_total);
    }
    const Repeat* repeat = query.latest_repeat();
    situation[10] = repeat != nullptr && repeat->plays > 1.5F ? 1 : 0;
  }
  situation[12] = 0.25F * static_cast<float>(listener.own_run);
  situation[14] = query.stays();
  situation[15] = query.returns();
  for (std::size_t s = 0; s < sources().size(); ++s) {
    situation[static_cast<Eigen::Index>(kColumns.size() + s)] = trust(listener, s);
  }
}

}  // namespace segue
