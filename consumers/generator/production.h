#pragma once

#include <functional>
#include <string>
#include <vector>

#include "consumers/generator/signed_copies.h"
#include "core/config.h"
#include "core/generation/label/provenance.h"
#include "core/generation/wish/specification.h"
#include "core/io/audio/loudness.h"
#include "core/io/audio/picture.h"
#include "core/io/audio/renderer.h"
#include "core/io/audio/soundfont.h"
#include "core/io/labels/signing_key.h"
#include "core/io/store/file_store.h"
#include "core/result.h"

// From a specification to labelled files: what `segue-compose` and a worker for jobs share.
namespace segue::generator {

// Notes as MIDI and as a picture shows them, and the model that chose them.
struct Composition {
  std::string midi;
  std::vector<io::DrawnNote> notes;
  Ingredient model;
};
// Pure: the same specification gives the same composition.
using Composer = std::function<Composition(const Specification&)>;

struct Order {
  std::string job;  // id: part of the record, and so of the files' bytes
  Specification specification;
  std::vector<std::string> parents = {};
  std::string trigger;     // why: "command line", the rule of a decision
  std::string title = {};  // empty: `title_of`
  bool pictures = false;
};

// "Calm jazz in C minor, 60 bpm".
std::string title_of(const Specification& specification);
// The same for file names: "calm-jazz-60bpm-seed7".
std::string name_of(const Specification& specification);

// In their order; each begins with a report of share 0.
enum class Phase : std::uint8_t { composing, rendering, checking };
std::string_view name_of(Phase phase);

struct Piece {
  std::string title;
  double seconds = 0;
  io::Loudness loudness;  // of the file that is farther from the target
  // FLAC, MP3, MIDI, pictures, the record beside them; then copies signed as C2PA has it, if any.
  std::vector<File> files;
  Provenance provenance;   // as in the record beside the files: its hashes are the files'
  double composing_s = 0;  // what each stage took, of this machine's time
  double rendering_s = 0;
  double checking_s = 0;
};

// Makes pieces, one at a time, for as long as it lives: holds the SoundFont. The same order, key
// and SoundFont give the same bytes in every file but those that C2PA's signer makes.
class Production {
 public:
  // Reports progress, and may throw to give the piece up: nothing is left, and the next piece can
  // be made.
  using OnProgress = std::function<void(Phase phase, double share)>;

  // Throws std::runtime_error, in one line, for a SoundFont, a key, a licence or a C2PA signer that
  // cannot be used.
  Production(const AudioConfig& config, Composer composer);

  // An error for a piece that cannot be heard or levelled. Throws what `on_progress` throws, and
  // std::runtime_error where files or sound cannot be had. About 1.5 MB of memory for a second of
  // music while it works.
  Result<Piece> produce(const Order& order, const OnProgress& on_progress = {});

  const io::PublicKey& public_key() const { return key_.public_key(); }

 private:
  std::string record_beside(Provenance& provenance, const std::vector<File>& files);
  Provenance provenance_of(const Order& order, const Composition& composition,
                           const std::string& pcm) const;

  const std::string licence_;
  const io::Soundfont soundfont_;
  const io::SigningKey key_;
  const CopySigner signer_;
  io::Renderer renderer_;
  const Composer composer_;
};

// The path of audio.signing_key, or of the key in the user's data folder.
std::string signing_key_path(const AudioConfig& config);

// A file of a piece in a store.
struct Kept {
  std::string name;
  std::string media_type;
  std::string key;
};
struct Keeping {
  std::vector<Kept> files;           // in the piece's order
  std::vector<std::string> expired;  // keys that had to go
};
// Puts all files of a piece in their order. To do it again is to do it once. `before_removal` is
// called where others have to go for it.
Keeping keep(io::FileStore& store, const Piece& piece,
             const io::FileStore::BeforeRemoval& before_removal = {});

// The text of a record that lies beside its files, and the signed word in such a text (empty: it is
// none, or was changed).
std::string text_beside(const Provenance& provenance, std::string_view word);
std::string word_in(std::string_view text_beside);

}  // namespace segue::generator
