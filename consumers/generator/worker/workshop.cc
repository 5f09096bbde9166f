#include "consumers/generator/worker/workshop.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "consumers/generator/composer.h"
#include "core/event/topics.h"
#include "core/io/log.h"

namespace segue::generator {
namespace {

Order order_of(const GenerationJob& job) {
  Order order{.job = job.id,
              .specification = job.specification,
              .trigger = std::string(segue::name_of(job.trigger.decision.rule))};
  if (!job.parent_track_id.empty()) order.parents.push_back(job.parent_track_id);
  return order;
}

// The file that players get. Every browser plays it, and it is the one without loss; the last of
// them, for a copy with Content Credentials comes behind.
const Kept* sound_of(const Keeping& keeping) {
  const Kept* sound = nullptr;
  for (const Kept& each : keeping.files) {
    if (each.media_type == "audio/flac") sound = &each;
  }
  return sound;
}

}  // namespace

Workshop::Workshop(const AudioConfig& audio, io::FileStore& store, const ComposedCatalogue& tracks,
                   io::Sink& sink, io::Health& health, std::string part)
    : audio_(audio),
      store_(store),
      tracks_(tracks),
      sink_(sink),
      health_(health),
      part_(std::move(part)) {
  health_.set(part_, false, "the SoundFont is being loaded");
}

void Workshop::prepare() {
  if (production_) return;
  try {
    production_.emplace(audio_, composer());
    health_.set(part_, true, "the SoundFont is loaded");
  } catch (const std::runtime_error& problem) {
    health_.set(part_, false, problem.what());
    io::log::error("No piece can be rendered; jobs fail until it can.",
                   {{"error", std::string(problem.what())}});
  }
}

Made Workshop::make(const GenerationJob& job, const Production::OnProgress& on_progress) {
  Made made;
  const auto piece = produce(job, on_progress, made);
  if (!piece) return made;
  try {
    const Keeping keeping =
        keep(store_, *piece, [this](const auto& store_keys) { withdraw(store_keys); });
    const Kept* sound = sound_of(keeping);
    if (sound == nullptr) throw std::runtime_error("the piece has no sound");
    made.audio_url = audio_url_of(sound->key);
  } catch (const std::runtime_error& problem) {
    io::log::error("A piece cannot be kept.",
                   {{"job", job.id}, {"error", std::string(problem.what())}});
    return {.reason = "store", .detail = "There is no room to keep it. Try again later."};
  }
  made.title = piece->title;
  made.duration_ms = static_cast<std::int32_t>(std::lround(piece->seconds * 1'000));
  made.ai = piece->provenance.disclosure;
  made.seconds = piece->seconds;
  made.stage_seconds = {piece->composing_s, piece->rendering_s, piece->checking_s};
  return made;
}

std::optional<Piece> Workshop::produce(const GenerationJob& job,
                                       const Production::OnProgress& on_progress, Made& made) {
  prepare();
  std::string problem = "there is no SoundFont";
  try {
    if (production_) {
      auto piece = production_->produce(order_of(job), on_progress);
      if (piece) return std::move(*piece);
      problem = piece.error().detail;
    }
  } catch (const NotSigned& unsigned_piece) {
    io::log::error("A piece cannot be signed.",
                   {{"job", job.id}, {"error", std::string(unsigned_piece.what())}});
    made = {.reason = "label", .detail = "It could not be labelled. Try again later."};
    return std::nullopt;
  } catch (const std::runtime_error& broken) {
    problem = broken.what();
    production_.reset();  // the next job loads it again
  }
  io::log::error("A piece cannot be rendered.", {{"job", job.id}, {"error", problem}});
  made = {.reason = "sound", .detail = "It could not be played. Try again, or another way."};
  return std::nullopt;
}

// Before the files go. Without a confirmation they stay, and so does the job's failure.
void Workshop::withdraw(const std::vector<std::string>& store_keys) {
  std::vector<io::Publication> tombstones;
  for (const std::string& key : store_keys) {
    const auto track = tracks_.of_file(key);
    if (!track) continue;
    tombstones.push_back({.topic = std::string(topic::kCatalog),
                          .partition = -1,
                          .key = *track,
                          .value = std::nullopt,
                          .headers = {}});
  }
  if (tombstones.empty()) return;
  for (const io::Sent& sent : sink_.publish(tombstones)) {
    if (!sent.in_log()) throw std::runtime_error("an old track cannot be withdrawn: " + sent.why);
  }
  io::log::info("Tracks that were longest not played leave the catalogue: their room is needed.",
                {{"tracks", static_cast<std::int64_t>(tombstones.size())}});
}

}  // namespace segue::generator
