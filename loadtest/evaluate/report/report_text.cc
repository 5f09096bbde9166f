#include "loadtest/evaluate/report/report_text.h"

#include "loadtest/evaluate/report/text.h"

namespace segue {
namespace {

unsigned long long whole(std::uint64_t value) { return value; }

// "0.2513-0.2631", the 95 % interval.
void append_interval(std::string& text, const Estimate& of) {
  append(text, "   %.4f-%.4f", of.low, of.high);
}

void append_groups(std::string& text, const LaneSummary& mix) {
  append(text, "  %-19s %8s  %7s %7s %7s   %7s   %7s   %8s   %-13s   %-13s\n", mix.name.c_str(),
         "scored", "HR@1", "HR@10", "HR@20", "MRR@20", "NDCG@10", "proposed", "HR@20, 95 %",
         "MRR@20, 95 %");
  for (std::size_t i = 0; i < kGroups.size(); ++i) {
    const Quality& quality = mix.quality[i];
    append(text, "  %-19s %8llu  %7.4f %7.4f %7.4f   %7.4f   %7.4f   %6.1f %%",
           std::string(kGroups[i].text).c_str(), whole(quality.scored), quality.hit_rate_at_1(),
           quality.hit_rate_at_10(), quality.hit_rate_at_20(), quality.mrr_at_20(),
           quality.ndcg_at_10(), 100 * quality.candidate_share());
    append_interval(text, mix.sure[i].hit_rate_at_20);
    append_interval(text, mix.sure[i].mrr_at_20);
    text += '\n';
  }
}

void append_baselines(std::string& text, const Summary& summary) {
  if (summary.lanes.size() < 2) return;
  append(text, "\n  %-19s %8s  %7s %7s %7s   %7s   %7s   %s\n", "alone", "", "HR@1", "HR@10",
         "HR@20", "MRR@20", "NDCG@10", "the mix has, in HR@20 and MRR@20");
  for (std::size_t i = 1; i < summary.lanes.size(); ++i) {
    const Quality& quality = summary.lanes[i].all();
    const Quality& mix = summary.mix().all();
    append(text, "  %-28s  %7.4f %7.4f %7.4f   %7.4f   %7.4f   %.2f x, %.2f x\n",
           summary.lanes[i].name.c_str(), quality.hit_rate_at_1(), quality.hit_rate_at_10(),
           quality.hit_rate_at_20(), quality.mrr_at_20(), quality.ndcg_at_10(),
           ratio(mix.hit_rate_at_20(), quality.hit_rate_at_20()),
           ratio(mix.mrr_at_20(), quality.mrr_at_20()));
  }
}

void append_exposure(std::string& text, const Summary& summary) {
  append(text, "\n  %-19s %8s  %8s  %8s  %15s  %9s\n", "shown", "tracks", "coverage", "Gini",
         "popularity lift", "diversity");
  for (const LaneSummary& lane : summary.lanes) {
    append(text, "  %-19s %8llu  %8.4f  %8.4f  %+15.3f  ", lane.name.c_str(),
           whole(lane.tracks_shown), lane.coverage, lane.gini, lane.popularity_lift);
    if (lane.diversity) {
      append(text, "%9.4f\n", *lane.diversity);
    } else {
      append(text, "%9s\n", "unknown");
    }
  }
}

}  // namespace

std::string text_of(const Summary& summary) {
  std::string text;
  append_groups(text, summary.mix());
  append_baselines(text, summary);
  append_exposure(text, summary);
  const Costs& costs = summary.costs;
  append(text, "\n  %llu events, %llu listeners, %llu tracks, %llu items\n", whole(summary.events),
         whole(summary.listeners), whole(summary.tracks), whole(summary.items));
  append(
      text,
      "  %.1f %% of the targets had never been played by anyone: who knows no catalogue beforehand "
      "hits %.3f at most\n",
      100 * summary.unseen_share, 1 - summary.unseen_share);
  append(text, "  %.1f us of CPU an event (p50 %.1f, p99 %.1f): step %.1f, learn %.1f\n",
         costs.event_us_mean, costs.event_us_p50, costs.event_us_p99, costs.step_us_mean,
         costs.learn_us_mean);
  append(text,
         "  a listener %.0f bytes (median; largest %.0f), an item %.0f, its model %.0f (mean)\n",
         costs.listener_bytes_p50, costs.listener_bytes_max, costs.item_bytes_mean,
         costs.model_bytes_mean);
  return text;
}

std::string text_of(const Ends& ends) {
  std::uint64_t scored = 0;
  for (const Quality& quality : ends.quality) scored += quality.scored;
  std::string text;
  append(text, "\n  %-43s %7s  %8s  %7s  %7s\n", "targets", "share", "proposed", "HR@20", "MRR@20");
  for (std::size_t i = 0; i < kKinds; ++i) {
    const Quality& quality = ends.quality[i];
    append(text, "  %-43s %5.1f %%  %6.1f %%  %7.4f  %7.4f\n",
           std::string(kKindNames[i].text).c_str(),
           100 * ratio(static_cast<double>(quality.scored), static_cast<double>(scored)),
           100 * quality.candidate_share(), quality.hit_rate_at_20(), quality.mrr_at_20());
  }
  append(
      text,
      "  misses: %.0f %% were never played by anyone, %.0f %% not proposed, %.0f %% ranked below "
      "%d\n",
      100 * ends.misses.never_played, 100 * ends.misses.not_proposed,
      100 * ends.misses.ranked_below, kDepth);
  return text;
}

}  // namespace segue
