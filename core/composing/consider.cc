#include "core/composing/consider.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/check.h"
#include "core/composing/fit.h"
#include "core/composing/fit_filter.h"
#include "core/generation/wish/wish.h"
#include "core/listener/listening.h"
#include "core/ranking/rules/barred.h"

namespace segue {
namespace {

// After this a piece comes too late for who asked, and while it lasts the same wish makes no second
// job.
constexpr Micros kJobDeadline = 10 * kMinute;
constexpr std::int32_t kAskedPriority = 1;
constexpr std::size_t kSeedDigits = 16;
constexpr DecisionRules kDecisionRules;

// The track that would be composed, and on whose word.
struct Wanted {
  Wished wished;
  bool said = false;      // a request says it
  bool asked = false;     // for a composed track: by a request or by accepting the offer
  bool accepted = false;  // the offer
};

// A track that was composed for nearly the same.
struct Near {
  ItemModels::Slot slot = ItemModels::kNone;
  float distance = 1;
};

std::optional<Wanted> wanted_by(const Occasion& at) {
  const ComposedMusic& music = at.listener.composed;
  if (at.event.type == EventType::generation_accepted && music.offer) {
    return Wanted{.wished = music.offer->wished, .said = true, .asked = true, .accepted = true};
  }
  const auto& request = at.listener.request;
  const bool asked = at.event.type == EventType::request_made && at.event.generate;
  if (request && request->wishes()) return Wanted{request->wished, true, asked};
  const bool skips = at.query.listener().composed.early_skips >= kDecisionRules.skips_min;
  if (!asked && !skips && !has_heard_list(at, kDecisionRules.heard_share_min)) return std::nullopt;
  const Wished wished = wished_by_taste(at.query);
  if (!asked && wished == Wished{}) return std::nullopt;
  return Wanted{wished, false, asked};
}

std::uint64_t seed_of(std::string_view job_id) {
  std::uint64_t seed = 0;
  const std::string_view digits = job_id.substr(0, kSeedDigits);
  std::from_chars(digits.data(), digits.data() + digits.size(), seed, 16);
  return seed;
}

// One wish on its way from the listener's words to what is done about it.
class Consideration {
 public:
  Consideration(const Occasion& at, Wanted wanted);
  Considered decided();

 private:
  std::string id() const;
  std::uint64_t drawn_for() const;
  Near nearest();
  Signals signals() const;
  Decision decide_now();
  Considered search(const Decision& decision);
  Considered reuse(const Decision& decision);
  Considered compose(const Decision& decision);
  Considered make_offer(const Decision& decision);
  GenerationJob job(const Decision& decision);
  Specification specification() const;
  Trigger trigger(const Decision& decision) const;
  Considered carry_out(const Decision& decision);
  std::optional<TrialEnd> begin_trial(const Decision& decision);
  PublishedDecision published(const Decision& decision, const Considered& considered) const;
  bool waits() const;

  const Occasion& at_;
  ComposedMusic& music_;
  Wanted wanted_;
  std::string wish_;        // empty: the composer cannot make it
  std::uint64_t same_ = 0;  // its hash
  Near near_;
  bool passed_over_ = false;  // a track that meets the wish, for the listener barred it
  std::string job_id_;
  std::string why_not_;  // where there is no wish_
};

Consideration::Consideration(const Occasion& at, Wanted wanted)
    : at_(at), music_(at.listener.composed), wanted_(std::move(wanted)) {
  if (at.query.filtered() != nullptr) {
    why_not_ = fit_filter(at.query.filtered()->filter(), at.event.time, wanted_.wished);
  }
  if (auto wish = wish_of(wanted_.wished); wish && why_not_.empty()) {
    wish_ = std::move(*wish);
    same_ = track_id(wish_).value;
    near_ = nearest();
  } else if (why_not_.empty()) {
    why_not_ = wish.error().detail;
  }
  job_id_ = id();
}

// An offer keeps its id as long as it is of the same wish.
std::string Consideration::id() const {
  if (music_.offer && (wanted_.accepted || music_.offer->wish == same_)) {
    return music_.offer->job_id;
  }
  const Event& event = at_.event;
  return job_id_of(event.user_id, event.session.value, event.id, event.offset);
}

// One draw for a wish of a session, however often it is considered; a session that began without an
// id and takes one draws once more, and its trial begins again.
std::uint64_t Consideration::drawn_for() const {
  const std::string session = item_key(ItemId{at_.listener.session.value});
  return track_id(at_.event.user_id + '/' + session + '/' + wish_).value;
}

Near Consideration::nearest() {
  Near nearest;
  const auto place = place_of(wish_);
  const ItemModels& models = at_.query.models();
  if (!place || models.composed().all().empty()) return nearest;
  const Barred barred(at_.query);
  for (const ComposedTracks::Track& track : models.composed().all()) {
    const float apart = distance(track.wish, *place);
    if (apart > kDecisionRules.near_distance || apart > nearest.distance) continue;
    const ItemModels::Slot slot = models.find(track.id);
    if (!models.can_be_recommended(slot)) continue;
    if (barred(models[slot])) {
      passed_over_ = true;
      continue;
    }
    if (!music_.setting.allows(models.made(slot))) continue;
    nearest = {slot, apart};
  }
  return nearest;
}

Signals Consideration::signals() const {
  const Fit fit = fit_of(at_);
  return {.setting = music_.setting,
          .requested = wanted_.asked,
          .wish = wanted_.said,
          .fit = fit.all,
          .unheard_fit = fit.unheard,
          .match = fit.match,
          .heard_share = heard_share(at_),
          .early_skips = at_.query.listener().composed.early_skips,
          .distance = near_.distance,
          .known = !wish_.empty(),
          .budget = music_.budget.tokens,
          .global_budget = at_.memory.budget.tokens,
          .composing = music_.composing};
}

Decision Consideration::decide_now() {
  const Tuning& tuning = at_.tuning;
  music_.budget.fill(at_.listener.time, tuning.composed_an_hour, tuning.composed_at_once);
  at_.memory.budget.fill(at_.event.received, tuning.composed_an_hour_all,
                         tuning.composed_an_hour_all);
  const Signals now = signals();
  const Bars bars = bars_of(at_.memory.fits, kDecisionRules);
  if (now.known && at_.event.type == EventType::request_made) at_.memory.fits.add(now.fit);
  return decide(now, bars, kDecisionRules, draw_of(drawn_for()));
}

Considered Consideration::decided() {
  const Decision decision = decide_now();
  const bool composes = decision.choice == Course::generate || decision.choice == Course::repurpose;
  music_.composing = composes;
  Considered considered = carry_out(decision);
  considered.trial = begin_trial(decision);
  considered.decision = published(decision, considered);
  return considered;
}

Considered Consideration::carry_out(const Decision& decision) {
  switch (decision.choice) {
    case Course::search:
      return search(decision);
    case Course::reuse:
      return reuse(decision);
    case Course::repurpose:
    case Course::generate:
      break;
  }
  return compose(decision);
}

// Only what was drawn can be compared, and nothing is learned of who does not want it.
std::optional<TrialEnd> Consideration::begin_trial(const Decision& decision) {
  const bool teaches =
      at_.listener.learning && !at_.event.private_session && !is_in_private(at_.listener);
  if (decision.propensity >= 1 || !teaches) return std::nullopt;
  return at_.memory.trials.begin(listener_id(at_.event.user_id), at_.listener.session, drawn_for(),
                                 decision.choice != Course::search, decision.rule == Rule::forced);
}

PublishedDecision Consideration::published(const Decision& decision,
                                           const Considered& considered) const {
  PublishedDecision all;
  all.user_id = at_.event.user_id;
  all.time = at_.event.time;
  all.trigger = trigger(decision);
  all.wish = wish_;
  if (decision.choice != Course::search) all.specification = specification();
  if (considered.offer) {
    all.answer = considered.offer->job_id.empty() ? Answer::refused : Answer::offered;
    all.job_id = considered.offer->job_id;
  }
  if (considered.job) {
    all.answer = Answer::ordered;
    all.job_id = considered.job->id;
  }
  if (considered.reused) {
    all.answer = Answer::listed;
    all.track_id = at_.query.models()[considered.reused->track].name;
  }
  return all;
}

// The catalogue will do, or must.
Considered Consideration::search(const Decision& decision) {
  Considered considered;
  if (decision.rule == Rule::budget && wanted_.said) {
    considered.offer = {.job_id = {},
                        .text = "No more can be composed for you right now, such as " +
                                phrase_of(wanted_.wished) + ". Ask again later."};
  } else if (decision.rule == Rule::unknown && wanted_.asked) {
    considered.offer = {.job_id = {}, .text = "It cannot be composed: " + why_not_ + "."};
  } else if (decision.rule == Rule::setting && wanted_.asked) {
    considered.offer = {.job_id = {}, .text = "Nothing is composed: your settings say so."};
  }
  return considered;
}

// A listener who accepted an offer waits for its job: a generator answers it with the track.
Considered Consideration::reuse(const Decision& decision) {
  Considered considered;
  const auto& heard = music_.heard;
  const TrackId track = as_track(at_.query.models()[near_.slot].id);
  if (wanted_.asked || std::ranges::find(heard, track) == heard.end()) {
    considered.reused = {near_.slot, phrase_of(wanted_.wished), wanted_.asked};
  }
  if (wanted_.accepted && music_.budget.tokens >= 1 && at_.memory.budget.tokens >= 1) {
    considered.job = job(decision);
  }
  return considered;
}

Considered Consideration::compose(const Decision& decision) {
  if (!wanted_.asked && music_.setting.mode != AiMode::on) return make_offer(decision);
  Considered considered;
  if (wanted_.accepted || !waits()) {
    considered.job = job(decision);
  } else if (wanted_.asked) {
    considered.offer = {.job_id = {}, .text = "It was asked for a moment ago. Ask again later."};
  }
  return considered;
}

// A job for the same is on its way.
bool Consideration::waits() const {
  return music_.job_wish == same_ && at_.listener.time < music_.job_at + kJobDeadline;
}

Considered Consideration::make_offer(const Decision& decision) {
  if (music_.declined == same_ || waits()) return {};
  Considered considered;
  considered.new_offer = !music_.offer || music_.offer->job_id != job_id_;
  music_.offer = ComposedMusic::Offer{.job_id = job_id_, .wished = wanted_.wished, .wish = same_};
  const std::string phrase = phrase_of(wanted_.wished);
  std::string text;
  if (!wanted_.said) {
    const bool skips = decision.signals.early_skips >= kDecisionRules.skips_min;
    text = skips ? "Not what you want now? Compose new " : "You know most of this. Compose new ";
    text += phrase + "?";
  } else {
    const bool none = decision.signals.match <= 0;
    text = none ? "Nothing in the catalogue fits " : "Little in the catalogue fits ";
    text += phrase + ". Compose it?";
  }
  considered.offer = {.job_id = job_id_, .text = std::move(text)};
  return considered;
}

// Generators may have for the same wish just what a filter leaves out, or what the listener barred.
// Requires: a known wish and a budget.
GenerationJob Consideration::job(const Decision& decision) {
  const bool paid = music_.budget.take() && at_.memory.budget.take();
  SEGUE_CHECK(paid);
  music_.offer.reset();
  music_.job_wish = same_;
  music_.job_at = at_.listener.time;
  GenerationJob job;
  job.id = job_id_;
  job.user_id = at_.event.user_id;
  job.specification = specification();
  job.trigger = trigger(decision);
  job.created = at_.event.time;
  job.deadline = at_.event.time + kJobDeadline;
  job.priority = wanted_.asked ? kAskedPriority : 0;
  job.wish = wish_;
  job.must_be_new = passed_over_ || at_.query.filtered() != nullptr;
  if (decision.choice == Course::repurpose) {
    job.parent_track_id = at_.query.models()[near_.slot].name;
  }
  return job;
}

// Requires: a known wish.
Specification Consideration::specification() const {
  Wished seeded = wanted_.wished;
  seeded.seed = seed_of(job_id_);
  auto specification = checked(seeded);
  SEGUE_CHECK(specification);  // what is drawn for a seed never contradicts what was said
  return std::move(*specification);
}

Trigger Consideration::trigger(const Decision& decision) const {
  return {.decision = decision,
          .cause_id = at_.event.id,
          .cause_type = std::string(name_of(at_.event.type))};
}

// A list that the filter left empty says so, unless it says more.
void say_filter_is_not_met(const Occasion& at, Considered& considered) {
  if (at.query.filtered() == nullptr || considered.offer || considered.reused || considered.job) {
    return;
  }
  considered.offer = {.job_id = {}, .text = "Nothing was found that meets your filter."};
}

}  // namespace

Considered consider(const Occasion& at) {
  ComposedMusic& music = at.listener.composed;
  const bool asked = at.event.generate || at.event.type == EventType::generation_accepted;
  const bool may = music.setting.may_compose() || asked;
  std::optional<Wanted> wanted = may ? wanted_by(at) : std::nullopt;
  Considered considered;
  if (wanted) {
    considered = Consideration(at, std::move(*wanted)).decided();
  } else {
    music.composing = false;
  }
  if (at.list.empty()) say_filter_is_not_met(at, considered);
  return considered;
}

}  // namespace segue
