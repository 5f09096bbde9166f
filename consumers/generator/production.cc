#include "consumers/generator/production.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/io/audio/label.h"
#include "core/io/labels/digest.h"
#include "core/io/labels/signed_record.h"
#include "core/io/store/durable_file.h"

namespace segue::generator {
namespace {

using io::AudioFormat;
using io::Sound;

constexpr int kCodingsMax = 5;
// Lossy coders make peaks a little higher; where that passes the limit, the piece is levelled again
// below a lower ceiling.
constexpr double kFirstCeiling_dbtp = -1.6;
constexpr std::string_view kRecordEnding = ".provenance.json";
constexpr std::string_view kBeforeRecord = R"({"record":)";
constexpr std::string_view kBeforeWord = R"(,"signed":")";
constexpr std::string_view kAfterWord = "\"}\n";

class Watch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void report(const Production::OnProgress& on_progress, Phase phase, double share) {
  if (on_progress) on_progress(phase, share);
}

// A levelled sound and its codings, measured from what players will decode.
struct Coded {
  Sound sound;
  std::string flac;
  std::string mp3;
  io::Loudness loudness;
};

bool is_within(const io::Loudness& loudness) {
  return std::abs(loudness.integrated_lufs - io::kTargetLufs) <= io::kLufsTolerance &&
         loudness.true_peak_dbtp <= io::kTruePeakMax_dbtp;
}

Result<Coded> coded(const Sound& sound, const Production::OnProgress& on_progress) {
  double ceiling = kFirstCeiling_dbtp;
  for (int coding = 0; coding < kCodingsMax; ++coding) {
    auto loud = io::levelled(sound, ceiling);
    if (!loud) return loud.error();
    report(on_progress, Phase::checking, 0.2);
    Coded out{.sound = std::move(*loud), .flac = {}, .mp3 = {}, .loudness = {}};
    out.mp3 = io::encoded(out.sound, AudioFormat::mp3);
    report(on_progress, Phase::checking, 0.6);
    const auto heard = io::decoded(out.mp3);
    if (!heard) return heard.error();
    out.loudness = io::measure(*heard);
    report(on_progress, Phase::checking, 0.8);
    if (is_within(out.loudness)) {
      out.flac = io::encoded(out.sound, AudioFormat::flac);
      return out;
    }
    ceiling -= std::max(0.0, out.loudness.true_peak_dbtp - io::kTruePeakMax_dbtp) + 0.2;
  }
  return error(Reason::bad_field, "audio: the MP3 stays louder or quieter than it may be");
}

io::Tags tags_of(const Order& order, const Provenance& provenance, const std::string& title) {
  const Specification& wanted = order.specification;
  return {.title = title,
          .artist = "Segue",
          .genre = std::string(segue::name_of(wanted.genre)),
          .mood = std::string(segue::name_of(wanted.mood)),
          .bpm = std::to_string(wanted.tempo_bpm),
          .key = segue::name_of(wanted.key),
          .comment = "Composed and performed by a program (AI-generated music)",
          .licence = provenance.licence,
          .digital_source_type = provenance.digital_source_type,
          .record = {}};
}

}  // namespace

std::string title_of(const Specification& wanted) {
  std::string title = std::string(segue::name_of(wanted.mood)) + " " +
                      std::string(segue::name_of(wanted.genre)) + " in " +
                      segue::name_of(wanted.key) + ", " + std::to_string(wanted.tempo_bpm) + " bpm";
  if (title.front() >= 'a' && title.front() <= 'z') title.front() ^= 0x20;
  return title;
}

std::string name_of(const Specification& wanted) {
  return std::string(segue::name_of(wanted.mood)) + "-" +
         std::string(segue::name_of(wanted.genre)) + "-" + std::to_string(wanted.tempo_bpm) +
         "bpm-seed" + std::to_string(wanted.seed);
}

std::string_view name_of(Phase phase) {
  constexpr std::array<std::string_view, 3> kNames = {"composing", "rendering", "checking"};
  return kNames[static_cast<std::size_t>(phase)];
}

std::string signing_key_path(const AudioConfig& config) {
  if (!config.signing_key.empty()) return config.signing_key;
  return io::in_data_folder("segue/signing-key.pem", "audio.signing_key");
}

Production::Production(const AudioConfig& config, Composer composer)
    : licence_(config.licence),
      soundfont_(io::find_soundfont(config.soundfont)),
      key_(signing_key_path(config)),
      signer_(config),
      renderer_(soundfont_.path),
      composer_(std::move(composer)) {
  // Names of SPDX are printable ASCII; anything else would make records that no check accepts.
  const bool printable = std::ranges::all_of(licence_, [](char c) { return c >= ' ' && c <= '~'; });
  if (licence_.empty() || !printable) {
    throw std::runtime_error("audio.licence names no licence; set an SPDX name such as CC0-1.0");
  }
}

Provenance Production::provenance_of(const Order& order, const Composition& composition,
                                     const std::string& pcm) const {
  return {.job = order.job,
          .parents = order.parents,
          .trigger = order.trigger,
          .seed = order.specification.seed,
          .specification = encode(order.specification),
          .ingredients = {composition.model,
                          {.kind = "soundfont",
                           .name = soundfont_.name,
                           .licence = soundfont_.licence,
                           .sha256 = soundfont_.sha256},
                          {.kind = "synthesiser",
                           .name = "FluidSynth",
                           .version = io::synthesiser_version(),
                           .licence = "LGPL-2.1-or-later"}},
          // The notes follow counts of other people's music. No singer, no text; the level is set
          // by a formula, not by a model.
          .digital_source_type = std::string(kTrainedAlgorithmicMedia),
          .disclosure = {.composed = Degree::generated, .performed = Degree::generated},
          .licence = licence_,
          .pcm_sha256 = io::sha256(pcm)};
}

std::string Production::record_beside(Provenance& provenance, const std::vector<File>& files) {
  provenance.files.clear();
  for (const File& file : files) {
    provenance.files.push_back(
        {.name = file.name, .media_type = file.media_type, .sha256 = io::sha256(file.bytes)});
  }
  return text_beside(provenance, io::signed_record(provenance, key_));
}

Result<Piece> Production::produce(const Order& order, const OnProgress& on_progress) {
  Piece piece;
  piece.title = order.title.empty() ? title_of(order.specification) : order.title;
  // Two wishes that differ in more than this keep files of their own.
  const std::string name = name_of(order.specification) + "-" + order.job.substr(0, 6);
  const Watch composing;
  report(on_progress, Phase::composing, 0);
  const Composition composition = composer_(order.specification);
  piece.composing_s = composing.seconds();

  const Watch rendering;
  report(on_progress, Phase::rendering, 0);
  auto sound =
      renderer_.render(composition.midi, static_cast<double>(order.specification.seconds),
                       [&](double share) { report(on_progress, Phase::rendering, share); });
  if (!sound) return sound.error();
  piece.seconds = sound->seconds();
  piece.rendering_s = rendering.seconds();

  const Watch checking;
  report(on_progress, Phase::checking, 0);
  const auto files = coded(*sound, on_progress);
  if (!files) return files.error();
  piece.loudness = files->loudness;
  piece.provenance = provenance_of(order, composition, io::pcm16(files->sound));
  const io::Tags tags = tags_of(order, piece.provenance, piece.title);
  for (const auto format : {AudioFormat::flac, AudioFormat::mp3}) {
    const std::string file = name + "." + std::string(io::name_of(format));
    const std::string& bytes = format == AudioFormat::flac ? files->flac : files->mp3;
    auto labelled = io::labelled(bytes, format, tags, piece.provenance, file, key_);
    piece.files.push_back({file, std::string(media_type(format)), std::move(labelled.bytes)});
  }
  piece.files.push_back({name + ".mid", "audio/midi", composition.midi});
  if (order.pictures) {
    piece.files.push_back(
        {name + ".notes.png", "image/png", io::piano_roll(composition.notes, piece.seconds)});
    piece.files.push_back({name + ".spectrum.png", "image/png", io::spectrogram(files->sound)});
  }
  piece.files.push_back({name + std::string(kRecordEnding), "application/json",
                         record_beside(piece.provenance, piece.files)});
  if (signer_.signs()) {
    for (File& copy : signer_.copies_of(piece.files)) piece.files.push_back(std::move(copy));
  }
  piece.checking_s = checking.seconds();
  report(on_progress, Phase::checking, 1);
  return piece;
}

Keeping keep(io::FileStore& store, const Piece& piece,
             const io::FileStore::BeforeRemoval& before_removal) {
  std::uint64_t bytes = 0;
  for (const File& file : piece.files) bytes += file.bytes.size();
  Keeping keeping;
  keeping.expired = store.make_room(bytes, before_removal);
  for (const File& file : piece.files) {
    const std::string ending = file.name.substr(file.name.rfind('.') + 1);
    keeping.files.push_back({file.name, file.media_type, store.put(file.bytes, ending)});
  }
  std::vector<std::string> keys;
  for (const Kept& file : keeping.files) keys.push_back(file.key);
  store.join(keys);
  return keeping;
}

std::string text_beside(const Provenance& provenance, std::string_view word) {
  return std::string(kBeforeRecord) + encode(provenance) + std::string(kBeforeWord) +
         std::string(word) + std::string(kAfterWord);
}

std::string word_in(std::string_view text) {
  const auto at = text.rfind(kBeforeWord);
  if (at == std::string_view::npos || !text.ends_with(kAfterWord)) return {};
  std::string_view word = text.substr(at + kBeforeWord.size());
  word.remove_suffix(kAfterWord.size());
  const auto record = io::checked_record(word);
  // A reader must see just what was signed.
  if (!record || text_beside(record->provenance, word) != text) return {};
  return std::string(word);
}

}  // namespace segue::generator
