#include "consumers/generator/worker/generator.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "core/check.h"
#include "core/event/topics.h"
#include "core/io/log.h"
#include "core/item/catalog.h"

namespace segue::generator {
namespace {

constexpr std::string_view kArtist = "Segue";
constexpr std::string_view kArtistId = "segue";

io::Publication result_record(const GenerationResult& result) {
  return {.topic = std::string(topic::kGenerationResults),
          .partition = -1,
          .key = result.user_id,
          .value = segue::encode(result),
          .headers = {{"content-type", "application/json"}}};
}

io::Publication entry_record(const CatalogEntry& entry) {
  return {.topic = std::string(topic::kCatalog),
          .partition = -1,
          .key = entry.track_id,
          .value = segue::encode(entry),
          .headers = {}};
}

CatalogEntry entry_of(const GenerationJob& job, const Made& made) {
  CatalogEntry entry;
  entry.track_id = composed_track_id(job.id);
  entry.title = made.title;
  entry.artist_id = kArtistId;
  entry.artist = kArtist;
  for (const InstrumentId id : job.specification.instruments) {
    entry.tags.emplace_back(instrument(id).name);
  }
  entry.mood = segue::name_of(job.specification.mood);
  entry.genre = segue::name_of(job.specification.genre);
  entry.duration_ms = made.duration_ms;
  entry.year = year_of(job.created);
  entry.audio_url = made.audio_url;
  entry.ai = made.ai;
  entry.wish = job.wish;
  return entry;
}

bool ended(const OpenJob& one) { return is_end(one.result.stage()); }

// A job that interrupted the process before goes behind those that did not; then what somebody
// waits for.
auto turn_of(const OpenJob& one) {
  return std::tuple(one.tries, -one.job.priority, one.job.created);
}

// Null: none waits.
template <class SomeBench>
auto* first_to_make(SomeBench& bench) {
  decltype(&bench.front()) first = nullptr;
  for (auto& one : bench) {
    if (!ended(one) && (first == nullptr || turn_of(one) < turn_of(*first))) first = &one;
  }
  return first;
}

// A span for each stage that was reached, in the trace of the event that asked for the job.
void add_spans(const OpenJob& one, io::BatchReport& report) {
  if (one.job.traceparent.empty()) return;
  const auto& stages = one.result.stages;
  for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
    report.spans.push_back({.traceparent = one.job.traceparent,
                            .name = segue::name_of(stages[i].stage),
                            .kind = io::SpanKind::internal,
                            .from = stages[i].at,
                            .to = stages[i + 1].at,
                            .failed = stages[i + 1].stage == segue::Stage::failed});
  }
}

std::string_view trigger_of(const GenerationJob& job) {
  return segue::name_of(job.trigger.decision.rule);
}

}  // namespace

Generator::Generator(std::unique_ptr<Studio> studio, const ComposedCatalogue& tracks,
                     io::FileStore& store, std::function<Micros()> now)
    : studio_(std::move(studio)), tracks_(tracks), store_(store), now_(std::move(now)) {}

Result<AskedFor> Generator::decode(const Record& record) const {
  if (!record.value) return error(Reason::malformed, "the record has no value");
  AskedFor asked;
  auto job = decode_job(*record.value, asked.unmet);
  if (!job) return job.error();
  if (record.key != job->id) return error(Reason::wrong_key, "the key is not the job_id");
  asked.job = std::move(*job);
  return asked;
}

void Generator::keys(const AskedFor& asked, std::vector<std::string>& keys) const {
  keys.push_back(job_key(asked.job.id));
}

Result<OpenJobs> Generator::decode_shared(std::string_view blob) { return decode_open_jobs(blob); }

void Generator::due(const OpenJobs& open, std::vector<std::string>& keys) const {
  for (const OpenJob& one : *open.bench) {
    if (ended(one)) keys.push_back(job_key(one.job.id));
  }
}

bool Generator::pending(const OpenJobs& open) {
  const Bench& bench = *open.bench;
  hold(open.bench);
  forget_lost();
  begin_chosen(open);
  if (std::ranges::any_of(bench, ended)) return true;
  if (running_) {
    return running_->begun && running_->bench.lock() == open.bench && studio_->has_news();
  }
  return studio_->idle() && is_turn_of(bench);
}

void Generator::step(const AskedFor& asked, const Record&, States<Fate>& fates, OpenJobs& open,
                     Outbox& outbox) {
  const GenerationJob& job = asked.job;
  Bench& bench = *open.bench;
  const auto report = [&](Outcome outcome) {
    outbox.report().events.push_back({EventType::other, outcome, 1});
  };
  const Fate* fate = fates.find(job_key(job.id));
  const bool is_open =
      std::ranges::any_of(bench, [&](const OpenJob& one) { return one.job.id == job.id; });
  const bool is_kept =
      fate != nullptr && fate->end &&
      (fate->end->stage() == segue::Stage::failed || may_be_kept(fate->end->audio_url));
  if (is_kept && !is_open) {
    GenerationResult again = *fate->end;
    again.user_id = job.user_id;
    outbox.publish(result_record(again));
  }
  if (is_open || is_kept) return report(Outcome::duplicate);
  report(Outcome::applied);
  OpenJob one;
  one.job = job;
  one.result.job_id = job.id;
  one.result.user_id = job.user_id;
  one.result.stages = {{segue::Stage::queued, now_()}};
  one.result.rule = trigger_of(job);
  if (asked.unmet) {
    fail(one, "specification", asked.unmet->detail);
  } else if (bench.size() >= OpenJobs::kMax) {
    fail(one, "busy", "Too many tracks are waiting to be composed. Try again later.");
  }
  if (ended(one)) return tell_end(one, fates, outbox);
  outbox.publish(result_record(one.result));
  bench.push_back(std::move(one));
}

void Generator::refused(io::BatchReport& report) const {
  report.events.push_back({EventType::other, Outcome::dead_letter, 1});
}

void Generator::close(States<Fate>& fates, OpenJobs& open, Outbox& outbox, std::int64_t,
                      std::int64_t) {
  hold(open.bench);
  forget_lost();
  begin_chosen(open);
  tell_ends(fates, *open.bench, outbox);
  take_news(*open.bench, outbox);
  choose(open.bench, outbox);
}

void Generator::tell(io::BatchReport& report) {
  studio_->check();
  std::uint64_t open = 0;
  for (const auto& held : benches_) {
    if (const auto bench = held.lock()) open += bench->size();
  }
  report.jobs_open = open;
}

void Generator::hold(const std::shared_ptr<Bench>& bench) {
  std::erase_if(benches_, [](const auto& held) { return held.expired(); });
  const bool known =
      std::ranges::any_of(benches_, [&](const auto& held) { return held.lock() == bench; });
  if (!known) benches_.push_back(bench);
}

// The partition of what the studio makes is another's now: so is its job.
void Generator::forget_lost() {
  if (running_ && running_->bench.expired()) running_.reset();
  if (!running_ && studio_->has_news()) studio_->take_news();
}

bool Generator::is_turn_of(const Bench& bench) const {
  const OpenJob* own = first_to_make(bench);
  if (own == nullptr) return false;
  return std::ranges::none_of(benches_, [&](const auto& held) {
    const auto other = held.lock();
    const OpenJob* one = other ? first_to_make(*other) : nullptr;
    return one != nullptr && turn_of(*one) < turn_of(*own);
  });
}

// A bench that is still there after the batch that chose has been stored.
void Generator::begin_chosen(const OpenJobs& open) {
  if (!running_ || running_->begun || running_->bench.lock() != open.bench) return;
  const auto chosen = std::ranges::find(
      *open.bench, running_->job, [](const OpenJob& one) { return std::string_view(one.job.id); });
  SEGUE_CHECK(chosen != open.bench->end());
  studio_->begin(chosen->job, running_->bench);
  running_->begun = true;
}

// Ends of batches that are stored, so that a track's entry stands before its end is published.
void Generator::tell_ends(States<Fate>& fates, Bench& bench, Outbox& outbox) {
  for (const OpenJob& one : bench) {
    if (ended(one)) tell_end(one, fates, outbox);
  }
  std::erase_if(bench, ended);
}

void Generator::tell_end(const OpenJob& one, States<Fate>& fates, Outbox& outbox) const {
  outbox.publish(result_record(one.result));
  fates.at(job_key(one.job.id)).end = one.result;
  const std::string_view outcome = segue::name_of(one.result.stage());
  outbox.report().job_ends.push_back({outcome, trigger_of(one.job)});
  add_spans(one, outbox.report());
  io::log::info("A job has ended.", {{"job", one.job.id},
                                     {"outcome", std::string(outcome)},
                                     {"reason", one.result.reason},
                                     {"tries", std::int64_t{one.tries}}});
}

void Generator::take_news(Bench& bench, Outbox& outbox) {
  if (!running_ || !running_->begun || running_->bench.lock().get() != &bench) return;
  if (!studio_->has_news()) return;
  const auto one = std::ranges::find(
      bench, running_->job, [](const OpenJob& each) { return std::string_view(each.job.id); });
  SEGUE_CHECK(one != bench.end());
  const Studio::News news = studio_->take_news();
  for (const StageTime& begun : news.stages) {
    if (begun.stage > one->result.stage()) advance(*one, begun.stage, begun.at, outbox);
  }
  if (!news.made) return;
  finish(*one, *news.made, outbox);
  running_.reset();
}

void Generator::advance(OpenJob& one, segue::Stage stage, Micros at, Outbox& outbox) const {
  one.result.stages.push_back({stage, at});
  outbox.publish(result_record(one.result));
}

// The end itself is published with the next batch.
void Generator::finish(OpenJob& one, const Made& made, Outbox& outbox) const {
  if (!made.reason.empty()) return fail(one, made.reason, made.detail);
  const CatalogEntry entry = entry_of(one.job, made);
  outbox.publish(entry_record(entry));
  const Micros now = now_();
  const Micros began = one.result.stages[1].at;
  outbox.report().pieces.push_back({.music_seconds = made.seconds,
                                    .queued_seconds = seconds_of(began - one.result.stages[0].at),
                                    .stage_seconds = made.stage_seconds});
  one.result.stages.push_back(
      {now > one.job.deadline ? segue::Stage::expired : segue::Stage::ready, now});
  one.result.track_id = entry.track_id;
  one.result.title = entry.title;
  one.result.duration_ms = entry.duration_ms;
  one.result.audio_url = entry.audio_url;
}

void Generator::fail(OpenJob& one, std::string reason, std::string detail) const {
  one.result.stages.push_back({segue::Stage::failed, now_()});
  one.result.reason = std::move(reason);
  one.result.detail = std::move(detail);
}

void Generator::choose(const std::shared_ptr<Bench>& bench, Outbox& outbox) {
  while (!running_ && studio_->idle() && is_turn_of(*bench)) {
    OpenJob& one = *first_to_make(*bench);
    if (ends_unmade(one)) continue;
    ++one.tries;
    one.result.stages.resize(1);  // what an earlier try had reached is to be done again
    advance(one, segue::Stage::composing, now_(), outbox);
    running_ = Running{.job = one.job.id, .bench = bench, .begun = false};
  }
}

// Whether it ends without a piece of its own: its making ends the process, or the track is there.
bool Generator::ends_unmade(OpenJob& one) const {
  if (one.tries >= kTriesMax) {
    fail(one, "interrupted", "Composing it was interrupted again and again.");
    return true;
  }
  // A listener who asks for a track wants a new one. A second try may have kept files, which are to
  // have an entry.
  const bool new_one = one.job.must_be_new || one.job.trigger.decision.rule == Rule::request;
  if (one.tries > 0 || new_one) return false;
  const auto same = tracks_.for_wish(one.job.wish);
  if (!same || !may_be_kept(same->audio_url)) return false;
  one.result.stages.push_back({segue::Stage::reused, now_()});
  one.result.track_id = same->track_id;
  one.result.title = same->title;
  one.result.duration_ms = same->duration_ms;
  one.result.audio_url = same->audio_url;
  return true;
}

// False: its file is gone. A store that is away has it still, as far as anybody knows: what was
// published of it stays true, and a worker's turn ends.
bool Generator::may_be_kept(const std::string& audio_url) const {
  try {
    return store_.has(store_key_of(audio_url));
  } catch (const std::runtime_error& problem) {
    io::log::warn("Whether a file is still kept cannot be known; it is taken to be.",
                  {{"error", std::string(problem.what())}});
    return true;
  }
}

}  // namespace segue::generator
