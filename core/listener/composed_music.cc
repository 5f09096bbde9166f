#include "core/listener/composed_music.h"

#include <algorithm>
#include <utility>

#include "core/event/play_class.h"
#include "core/event/request.h"
#include "core/listener/narrowed.h"

namespace segue {
namespace {

// A skip from this weight on came within half a minute.
constexpr float kEarly = 0.8F;
constexpr std::size_t kJobIdBytesMax = 32;
constexpr float kTokensMax = 1e6F;
constexpr float kSecondsSaidMax = 86'400;
constexpr std::size_t kTempoSaidMax = 1'000;

// Which of the parts that few listeners have are there.
enum HasComposed : std::uint8_t {
  kSetting = 1,
  kBudget = 2,
  kSession = 4,
  kOffer = 8,
  kComposing = 16,
  kLatest = 32,
  kWished = 64,
  kNarrowed = 128,
};

enum HasSaid : std::uint8_t { kTempo = 1, kSeconds = 2, kEnergy = 4 };

void write(BlobWriter& out, const Wished& wished) {
  out.text(wished.genre);
  out.text(wished.mood);
  out.text(wished.key);
  out.varint(wished.instruments.size());
  for (const std::string& name : wished.instruments) out.text(name);
  out.u8(static_cast<std::uint8_t>((wished.tempo_bpm ? kTempo : 0) |
                                   (wished.seconds ? kSeconds : 0) |
                                   (wished.energy ? kEnergy : 0)));
  if (wished.tempo_bpm) out.varint(static_cast<std::uint64_t>(*wished.tempo_bpm));
  if (wished.seconds) out.f32(*wished.seconds);
  if (wished.energy) out.f32(*wished.energy);
}

Wished read_wished(BlobReader& in) {
  constexpr std::size_t kWordMax = Request::kWishedWordBytesMax;
  Wished wished;
  wished.genre = in.text(kWordMax);
  wished.mood = in.text(kWordMax);
  wished.key = in.text(kWordMax);
  wished.instruments.resize(in.count(kInstrumentsMax));
  for (std::string& name : wished.instruments) name = in.text(kWordMax);
  const std::uint8_t said = in.u8();
  if ((said & kTempo) != 0) wished.tempo_bpm = static_cast<int>(in.count(kTempoSaidMax));
  if ((said & kSeconds) != 0) wished.seconds = in.f32(0, kSecondsSaidMax);
  if ((said & kEnergy) != 0) wished.energy = in.f32(0, 1);
  return wished;
}

AiMusic read_setting(BlobReader& in) {
  AiMusic setting;
  setting.mode = static_cast<AiMode>(in.count(static_cast<std::size_t>(AiMode::on)));
  setting.refused = static_cast<AiParts>(in.count(kAllAiParts));
  return setting;
}

void read_session(BlobReader& in, ComposedMusic& music) {
  music.early_skips = static_cast<std::uint32_t>(in.count(ComposedMusic::kEarlySkipsMax));
  music.session_plays = static_cast<std::uint32_t>(in.count(UINT32_MAX));
  music.heard.resize(in.count(ComposedMusic::kHeardMax));
  for (TrackId& track : music.heard) track.value = in.u64();
}

bool has_session(const ComposedMusic& music) {
  return music.early_skips != 0 || music.session_plays != 0 || !music.heard.empty();
}

bool has_latest(const ComposedMusic& music) { return music.declined != 0 || music.job_wish != 0; }

}  // namespace

void begin_session(ComposedMusic& music) {
  music.early_skips = 0;
  music.session_plays = 0;
  music.heard.clear();
  ask_again(music);
}

void ask_again(ComposedMusic& music) {
  music.composing = false;
  music.offer.reset();
  music.declined = 0;
}

void count_skip(ComposedMusic& music, const Event& event) {
  if (skip_weight(event) >= kEarly) {
    music.early_skips = std::min(music.early_skips + 1, ComposedMusic::kEarlySkipsMax);
  } else if (!was_skipped(event)) {
    music.early_skips = 0;
  }
}

void hear(ComposedMusic& music, TrackId track) {
  ++music.session_plays;
  std::erase(music.heard, track);
  if (music.heard.size() == ComposedMusic::kHeardMax) music.heard.erase(music.heard.begin());
  music.heard.push_back(track);
}

void write(BlobWriter& out, const ComposedMusic& music, const Request* request) {
  const bool said = request != nullptr && request->wishes();
  const bool narrowed = request != nullptr && is_narrowed(*request);
  const bool set = music.setting != AiMusic{};
  const bool paid = music.budget != TokenBucket{};
  out.u8(static_cast<std::uint8_t>(
      (set ? kSetting : 0) | (paid ? kBudget : 0) | (has_session(music) ? kSession : 0) |
      (music.offer ? kOffer : 0) | (music.composing ? kComposing : 0) |
      (has_latest(music) ? kLatest : 0) | (said ? kWished : 0) | (narrowed ? kNarrowed : 0)));
  if (set) {
    out.u8(static_cast<std::uint8_t>(music.setting.mode));
    out.u8(music.setting.refused);
  }
  if (paid) {
    out.f32(music.budget.tokens);
    out.svarint(music.budget.filled);
  }
  if (has_session(music)) {
    out.varint(music.early_skips);
    out.varint(music.session_plays);
    out.varint(music.heard.size());
    for (const TrackId track : music.heard) out.u64(track.value);
  }
  if (music.offer) {
    out.text(music.offer->job_id);
    write(out, music.offer->wished);
    out.u64(music.offer->wish);
  }
  if (has_latest(music)) {
    out.u64(music.declined);
    out.u64(music.job_wish);
    out.svarint(music.job_at);
  }
  if (said) write(out, request->wished);
  if (narrowed) write_narrowed(out, *request);
}

void read(BlobReader& in, ComposedMusic& music, Request* request) {
  const std::uint8_t has = in.u8();
  if ((has & kSetting) != 0) music.setting = read_setting(in);
  if ((has & kBudget) != 0) {
    music.budget.tokens = in.f32(0, kTokensMax);
    music.budget.filled = in.time();
  }
  if ((has & kSession) != 0) read_session(in, music);
  if ((has & kOffer) != 0) {
    ComposedMusic::Offer offer;
    offer.job_id = in.text(kJobIdBytesMax);
    offer.wished = read_wished(in);
    offer.wish = in.u64();
    music.offer = std::move(offer);
  }
  music.composing = (has & kComposing) != 0;
  if ((has & kLatest) != 0) {
    music.declined = in.u64();
    music.job_wish = in.u64();
    music.job_at = in.time();
  }
  if ((has & (kWished | kNarrowed)) == 0) return;
  if (request == nullptr) return in.fail();
  if ((has & kWished) != 0) request->wished = read_wished(in);
  if ((has & kNarrowed) != 0) read_narrowed(in, *request);
}

}  // namespace segue
