#include "loadtest/evaluate/report/report_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "core/wire/json_text.h"

namespace segue {
namespace {

using json::ObjectWriter;

// At most six decimals.
void append_decimal(std::string& out, double value) {
  std::array<char, 64> text{};
  const double rounded = std::round(value * 1e6) / 1e6 + 0.0;  // no -0
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), rounded, std::chars_format::fixed).ptr;
  out.append(text.data(), end);
}

void decimal(ObjectWriter& out, std::string_view name, double value) {
  append_decimal(out.member(name), value);
}

template <class F>
void object(ObjectWriter& out, std::string_view name, F&& f) {
  ObjectWriter inner(out.member(name));
  f(inner);
  inner.close();
}

template <class Range, class F>
void array(ObjectWriter& out, std::string_view name, const Range& range, F&& f) {
  std::string& text = out.member(name);
  text += '[';
  bool first = true;
  for (const auto& each : range) {
    if (!first) text += ',';
    first = false;
    ObjectWriter inner(text);
    f(inner, each);
    inner.close();
  }
  text += ']';
}

void write(ObjectWriter& out, const Quality& quality) {
  out.number("scored", quality.scored);
  decimal(out, "hit_rate_at_1", quality.hit_rate_at_1());
  decimal(out, "hit_rate_at_10", quality.hit_rate_at_10());
  decimal(out, "hit_rate_at_20", quality.hit_rate_at_20());
  decimal(out, "mrr_at_20", quality.mrr_at_20());
  decimal(out, "ndcg_at_10", quality.ndcg_at_10());
}

// "name":[low,high], 95 %.
void interval(ObjectWriter& out, std::string_view name, const Estimate& of) {
  std::string& text = out.member(name);
  text += '[';
  append_decimal(text, of.low);
  text += ',';
  append_decimal(text, of.high);
  text += ']';
}

void write(ObjectWriter& out, const Quality& quality, const Estimates& sure) {
  write(out, quality);
  interval(out, "hit_rate_at_20_95", sure.hit_rate_at_20);
  interval(out, "mrr_at_20_95", sure.mrr_at_20);
}

void write_exposure(ObjectWriter& out, const LaneSummary& lane) {
  out.number("tracks_recommended", lane.tracks_shown);
  decimal(out, "coverage", lane.coverage);
  decimal(out, "gini", lane.gini);
  decimal(out, "popularity_lift", lane.popularity_lift);
  if (lane.diversity) {
    decimal(out, "diversity", *lane.diversity);
  } else {
    out.member("diversity") += "null";
  }
}

void write(ObjectWriter& out, const LaneSummary& baseline, const Quality& mix) {
  out.text("name", baseline.name);
  write(out, baseline.all(), baseline.sure.front());
  decimal(out, "mix_hit_rate_at_20_ratio",
          ratio(mix.hit_rate_at_20(), baseline.all().hit_rate_at_20()));
  decimal(out, "mix_mrr_at_20_ratio", ratio(mix.mrr_at_20(), baseline.all().mrr_at_20()));
  for (std::size_t i = 1; i < kGroups.size(); ++i)
    object(out, kGroups[i].json, [&](ObjectWriter& group) { write(group, baseline.quality[i]); });
  write_exposure(out, baseline);
}

void write(ObjectWriter& out, const Costs& costs) {
  decimal(out, "us_per_event", costs.event_us_mean);
  decimal(out, "us_per_event_p50", costs.event_us_p50);
  decimal(out, "us_per_event_p99", costs.event_us_p99);
  decimal(out, "step_us_per_event", costs.step_us_mean);
  decimal(out, "step_us_p50", costs.step_us_p50);
  decimal(out, "step_us_p99", costs.step_us_p99);
  decimal(out, "learn_us_per_event", costs.learn_us_mean);
  decimal(out, "listener_bytes_p50", costs.listener_bytes_p50);
  decimal(out, "listener_bytes_max", costs.listener_bytes_max);
  decimal(out, "item_bytes_mean", costs.item_bytes_mean);
  decimal(out, "model_bytes_mean", costs.model_bytes_mean);
}

void write(ObjectWriter& out, const Ends& ends, double scored) {
  object(out, "targets", [&](ObjectWriter& targets) {
    for (std::size_t i = 0; i < kKinds; ++i) {
      object(targets, kKindNames[i].json, [&](ObjectWriter& kind) {
        decimal(kind, "share", ratio(static_cast<double>(ends.quality[i].scored), scored));
        decimal(kind, "candidate_share", ends.quality[i].candidate_share());
        write(kind, ends.quality[i]);
      });
    }
  });
  object(out, "misses", [&](ObjectWriter& misses) {
    misses.number("all", ends.misses.all);
    decimal(misses, "never_played", ends.misses.never_played);
    decimal(misses, "not_proposed", ends.misses.not_proposed);
    decimal(misses, "ranked_below", ends.misses.ranked_below);
  });
}

void write(ObjectWriter& out, const Summary& summary) {
  const auto scored = static_cast<double>(summary.mix().all().scored);
  const LaneSummary& mix = summary.mix();
  out.number("events", summary.events);
  out.number("listeners", summary.listeners);
  out.number("tracks", summary.tracks);
  out.number("items", summary.items);
  write(out, mix.all(), mix.sure.front());
  for (std::size_t i = 1; i < kGroups.size(); ++i) {
    object(out, kGroups[i].json, [&](ObjectWriter& group) {
      decimal(group, "share", ratio(static_cast<double>(mix.quality[i].scored), scored));
      write(group, mix.quality[i], mix.sure[i]);
    });
  }
  write(out, summary.ends, scored);
  decimal(out, "unseen_target_share", summary.unseen_share);
  decimal(out, "candidate_share", mix.all().candidate_share());
  write_exposure(out, mix);
  array(out, "baselines", std::span(summary.lanes).subspan(1),
        [&](ObjectWriter& each, const LaneSummary& lane) { write(each, lane, mix.all()); });
  write(out, summary.costs);
}

void write_change(ObjectWriter& out, std::string_view name, const Estimates& of) {
  object(out, name, [&](ObjectWriter& change) {
    decimal(change, "hit_rate_at_20", of.hit_rate_at_20.value);
    interval(change, "hit_rate_at_20_95", of.hit_rate_at_20);
    decimal(change, "hit_rate_at_20_above", of.hit_rate_at_20.above);
    decimal(change, "mrr_at_20", of.mrr_at_20.value);
    interval(change, "mrr_at_20_95", of.mrr_at_20);
    decimal(change, "mrr_at_20_above", of.mrr_at_20.above);
  });
}

void write(ObjectWriter& out, const Comparison& comparison) {
  object(out, "control", [&](ObjectWriter& control) {
    control.text("name", comparison.control);
    write(control, comparison.quality);
    decimal(control, "us_per_event", comparison.event_us);
  });
  array(out, "variants", comparison.differences, [&](ObjectWriter& each, const Difference& trial) {
    each.text("name", trial.name);
    write(each, trial.quality);
    write_change(each, "change", trial.all);
    decimal(each, "hit_rate_at_20_relative",
            relative(trial.all.hit_rate_at_20, comparison.quality.hit_rate_at_20()));
    decimal(each, "mrr_at_20_relative",
            relative(trial.all.mrr_at_20, comparison.quality.mrr_at_20()));
    write_change(each, "change_new_to_listener", trial.new_to_listener);
    write_change(each, "change_rare_tracks", trial.rare_tracks);
    decimal(each, "us_per_event", trial.event_us);
  });
}

}  // namespace

std::string json_of(const Summary* summary, std::span<const Comparison> comparisons) {
  std::string text;
  ObjectWriter out(text);
  if (summary != nullptr) write(out, *summary);
  for (const Comparison& comparison : comparisons)
    object(out, comparison.title, [&](ObjectWriter& each) { write(each, comparison); });
  out.close();
  return text;
}

}  // namespace segue
