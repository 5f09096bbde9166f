#include "loadtest/evaluate/report_text.h"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace segue {
namespace {

constexpr std::array<std::pair<Group, const char*>, 5> kGroups = {
    {{kAnyListen, "all"},
     {kNewToListener, "new to listener"},
     {kRepeat, "repeats"},
     {kFirstListens, "first 5 listens"},
     {kRareTrack, "rare tracks"}}};

__attribute__((format(printf, 2, 3))) void append(std::string& text, const char* format, ...) {
  std::array<char, 512> line{};
  va_list values;
  va_start(values, format);
  std::vsnprintf(line.data(), line.size(), format, values);
  va_end(values);
  text += line.data();
}

unsigned long long whole(std::uint64_t value) { return value; }

void append_quality(std::string& text, const char* name, const Quality& quality) {
  append(text, "  %-18s %8llu  %7.4f %7.4f %7.4f   %7.4f   %7.4f   %6.1f %%\n", name,
         whole(quality.scored), quality.hit_rate_at_1(), quality.hit_rate_at_10(),
         quality.hit_rate_at_20(), quality.mrr_at_20(), quality.ndcg_at_10(),
         100 * quality.candidate_share());
}

double ratio(double part, double all) { return all == 0 ? 0 : part / all; }

void append_baselines(std::string& text, const Evaluated& result) {
  if (result.lanes.size() < 2) return;
  const Quality mix = result.quality(result.mix());
  append(text, "\n  %-18s %7s %7s %7s   %7s   %7s   %s\n", "alone", "HR@1", "HR@10", "HR@20",
         "MRR@20", "NDCG@10", "the mix has HR@20 / MRR@20");
  for (std::size_t i = 1; i < result.lanes.size(); ++i) {
    const Quality quality = result.quality(result.lanes[i]);
    append(text, "  %-18s %7.4f %7.4f %7.4f   %7.4f   %7.4f   %.2f x / %.2f x\n",
           result.lanes[i].name.c_str(), quality.hit_rate_at_1(), quality.hit_rate_at_10(),
           quality.hit_rate_at_20(), quality.mrr_at_20(), quality.ndcg_at_10(),
           ratio(mix.hit_rate_at_20(), quality.hit_rate_at_20()),
           ratio(mix.mrr_at_20(), quality.mrr_at_20()));
  }
}

void append_exposure(std::string& text, const Evaluated& result) {
  append(text, "\n  %-18s %8s  %8s  %8s  %8s  %9s\n", "what was shown", "tracks", "coverage",
         "Gini", "lift", "diversity");
  for (const Lane& lane : result.lanes) {
    const Exposure& shown = lane.exposure;
    append(text, "  %-18s %8llu  %8.4f  %8.4f  %+8.3f  ", lane.name.c_str(),
           whole(shown.tracks_shown()), shown.coverage(result.tracks), shown.gini(result.tracks),
           shown.popularity_lift());
    if (const auto diversity = shown.diversity()) {
      append(text, "%9.4f\n", *diversity);
    } else {
      append(text, "%9s\n", "-");
    }
  }
}

}  // namespace

std::string text_of(const Evaluated& result) {
  std::string text;
  append(text, "  %-18s %8s  %7s %7s %7s   %7s   %7s   %8s\n", "the mix", "scored", "HR@1", "HR@10",
         "HR@20", "MRR@20", "NDCG@10", "proposed");
  for (const auto& [group, name] : kGroups)
    append_quality(text, name, result.quality(result.mix(), group));
  append_baselines(text, result);
  append_exposure(text, result);
  const Costs& costs = result.costs;
  append(text, "\n  %llu events, %llu listeners, %u tracks, %llu items\n", whole(result.events),
         whole(result.listeners), result.tracks, whole(result.items));
  const double scored = static_cast<double>(result.listens.size());
  append(
      text, "  %.1f %% of the targets were never played before by anyone\n",
      100 * ratio(static_cast<double>(result.quality(result.mix(), kUnseenTrack).scored), scored));
  append(text, "  %.1f us of CPU an event (p50 %.1f, p99 %.1f): step %.1f, learn %.1f\n",
         costs.event_us_mean, costs.event_us_p50, costs.event_us_p99, costs.step_us_mean,
         costs.learn_us_mean);
  append(text,
         "  a listener %.0f bytes (median; largest %.0f), an item %.0f, its model %.0f (mean)\n",
         costs.listener_bytes_p50, costs.listener_bytes_max, costs.item_bytes_mean,
         costs.model_bytes_mean);
  return text;
}

}  // namespace segue
