#include "core/io/audio/renderer.h"

#include <fluidsynth.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numbers>
#include <stdexcept>

#include "core/check.h"

namespace segue::io {
namespace {

// FluidSynth computes in blocks of 64 frames, and events take effect between them.
constexpr std::size_t kBlock = 64;
constexpr std::size_t kBlocksAtOnce = 512;  // three quarters of a second of music between reports
constexpr int kDrumChannel = 9;
constexpr int kChannels = 16;
constexpr int kDrumBank = 128;
constexpr double kFadeMax_s = 1.5;

struct FreeSettings {
  void operator()(fluid_settings_t* settings) const { delete_fluid_settings(settings); }
};
struct FreeSynth {
  void operator()(fluid_synth_t* synth) const { delete_fluid_synth(synth); }
};
struct FreePlayer {
  void operator()(fluid_player_t* player) const { delete_fluid_player(player); }
};
using Settings = std::unique_ptr<fluid_settings_t, FreeSettings>;
using SynthHandle = std::unique_ptr<fluid_synth_t, FreeSynth>;
using Player = std::unique_ptr<fluid_player_t, FreePlayer>;

// FluidSynth reports through one function for the whole process; this thread's last error is kept.
thread_local std::string last_error;

void keep_error(int, const char* message, void*) { last_error = message; }
void keep_silent(int, const char*, void*) {}

void listen_to_errors() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (const int level : {FLUID_PANIC, FLUID_ERR}) {
      fluid_set_log_function(level, keep_error, nullptr);
    }
    for (const int level : {FLUID_WARN, FLUID_INFO, FLUID_DBG}) {
      fluid_set_log_function(level, keep_silent, nullptr);
    }
  });
}

Settings settings() {
  Settings made(new_fluid_settings());
  if (!made) throw std::runtime_error("FluidSynth does not start");
  fluid_settings_setint(made.get(), "synth.lock-memory", 0);
  fluid_settings_setstr(made.get(), "player.timing-source", "sample");
  fluid_settings_setnum(made.get(), "synth.sample-rate", Sound::kRate);
  // Samples of instruments that no piece uses are neither decoded nor kept.
  fluid_settings_setint(made.get(), "synth.dynamic-sample-loading", 1);
  fluid_settings_setint(made.get(), "synth.cpu-cores", 1);
  // It takes a quarter of the time, and the SoundFonts' instruments hardly use it.
  fluid_settings_setint(made.get(), "synth.chorus.active", 0);
  fluid_settings_setint(made.get(), "synth.polyphony", 256);
  return made;
}

// A channel plays the piano, or the standard drums, unless the piece chose something else. Chosen
// only when a note needs it, so that samples that no piece uses are not loaded.
struct Programs {
  fluid_synth_t* synth = nullptr;
  std::array<bool, kChannels> chosen{};
};

int on_event(void* data, fluid_midi_event_t* event) {
  constexpr int kNoteOn = 0x90;
  constexpr int kProgramChange = 0xC0;
  auto& programs = *static_cast<Programs*>(data);
  const int type = fluid_midi_event_get_type(event);
  const int channel = fluid_midi_event_get_channel(event);
  if (channel >= 0 && channel < kChannels) {
    bool& chosen = programs.chosen[static_cast<std::size_t>(channel)];
    if (type == kNoteOn && !chosen) fluid_synth_program_change(programs.synth, channel, 0);
    if (type == kNoteOn || type == kProgramChange) chosen = true;
  }
  return fluid_synth_handle_midi_event(programs.synth, event);
}

void fade_out(Sound& sound) {
  const auto frames = static_cast<std::size_t>(std::min(kFadeMax_s, sound.seconds() / 8) *
                                               static_cast<double>(Sound::kRate));
  const std::size_t from = sound.frames() - frames;
  for (std::size_t i = 0; i < frames; ++i) {
    const double share = (static_cast<double>(i) + 1) / static_cast<double>(frames);
    const auto gain = static_cast<float>((1 + std::cos(std::numbers::pi * share)) / 2);
    sound.samples[2 * (from + i)] *= gain;
    sound.samples[2 * (from + i) + 1] *= gain;
  }
}

}  // namespace

struct Renderer::Synth {
  Settings settings;
  SynthHandle loader;  // owns the SoundFont, which plays in one synth after another
  fluid_sfont_t* soundfont = nullptr;
};

namespace {

// A new synth for each piece: a reset leaves the reverb's phases where they were, so that a second
// rendering would differ. It takes half a millisecond; the SoundFont is only lent to it.
class Performance {
 public:
  Performance(fluid_settings_t* settings, fluid_sfont_t* soundfont)
      : synth_(new_fluid_synth(settings)), soundfont_(soundfont) {
    if (!synth_) throw std::runtime_error("FluidSynth does not start: " + last_error);
    fluid_synth_add_sfont(synth_.get(), soundfont_);
    fluid_synth_bank_select(synth_.get(), kDrumChannel, kDrumBank);
    programs_.synth = synth_.get();
  }
  ~Performance() {
    player_.reset();
    fluid_synth_remove_sfont(synth_.get(), soundfont_);
  }
  Performance(const Performance&) = delete;
  Performance& operator=(const Performance&) = delete;

  bool begin(std::string_view midi) {
    player_.reset(new_fluid_player(synth_.get()));
    if (!player_) return false;
    fluid_player_set_playback_callback(player_.get(), on_event, &programs_);
    return fluid_player_add_mem(player_.get(), midi.data(), midi.size()) == FLUID_OK &&
           fluid_player_play(player_.get()) == FLUID_OK;
  }
  // Known once the first block was written: the player reads the piece then.
  bool has_notes() const { return fluid_player_get_total_ticks(player_.get()) > 0; }
  void write(float* samples, std::size_t frames) {
    fluid_synth_write_float(synth_.get(), static_cast<int>(frames), samples, 0, 2, samples, 1, 2);
  }

 private:
  SynthHandle synth_;
  fluid_sfont_t* soundfont_;
  Programs programs_;
  Player player_;
};

std::string reported(std::string_view fallback) {
  return last_error.empty() ? std::string(fallback) : last_error;
}

}  // namespace

std::string synthesiser_version() { return fluid_version_str(); }

Renderer::Renderer(const std::string& soundfont) : synth_(std::make_unique<Synth>()) {
  listen_to_errors();
  last_error.clear();
  synth_->settings = settings();
  synth_->loader.reset(new_fluid_synth(synth_->settings.get()));
  if (!synth_->loader) throw std::runtime_error("FluidSynth does not start: " + last_error);
  const int id = fluid_synth_sfload(synth_->loader.get(), soundfont.c_str(), 0);
  if (id == FLUID_FAILED) {
    throw std::runtime_error("audio.soundfont: \"" + soundfont +
                             "\" cannot be loaded: " + reported("it is missing or broken"));
  }
  synth_->soundfont = fluid_synth_get_sfont_by_id(synth_->loader.get(), id);
}

Renderer::~Renderer() = default;

Result<Sound> Renderer::render(std::string_view midi, double seconds, const OnShare& on_share) {
  SEGUE_CHECK(seconds > 0 && seconds <= kSecondsMax);
  if (!midi.starts_with("MThd")) return error(Reason::malformed, "midi: expected \"MThd\"");
  last_error.clear();
  Performance performance(synth_->settings.get(), synth_->soundfont);
  if (!performance.begin(midi)) {
    return error(Reason::malformed, "midi: " + reported("FluidSynth does not play it"));
  }
  const auto frames = static_cast<std::size_t>(std::llround(seconds * Sound::kRate));
  const std::size_t blocks = (frames + kBlock - 1) / kBlock;
  Sound sound;
  sound.samples.resize(blocks * kBlock * Sound::kChannels);
  for (std::size_t done = 0; done < blocks;) {
    const std::size_t some = std::min(kBlocksAtOnce, blocks - done);
    performance.write(sound.samples.data() + done * kBlock * Sound::kChannels, some * kBlock);
    done += some;
    if (!performance.has_notes()) {
      return error(Reason::malformed, "midi: " + reported("it holds no piece"));
    }
    if (!last_error.empty()) throw std::runtime_error("The SoundFont is broken: " + last_error);
    if (on_share) on_share(static_cast<double>(done) / static_cast<double>(blocks));
  }
  sound.samples.resize(frames * Sound::kChannels);
  fade_out(sound);
  return sound;
}

}  // namespace segue::io
