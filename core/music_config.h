#pragma once

#include <cstdint>
#include <string>

#include "core/setting.h"

namespace segue {

// Settings of what composes, a part of `Config` (core/config.h).

struct AudioConfig {
  std::string soundfont;    // empty: one that Debian installed
  std::string signing_key;  // file; empty: in the user's data folder
  std::string licence = "CC0-1.0";
  // Signs copies as C2PA has it, called as consumers/generator/sign_c2pa.py is; empty: none are.
  std::string c2pa_signer;
  std::string c2pa_certificate;  // PEM files
  std::string c2pa_key;
};

struct StoreConfig {
  std::string folder;  // empty: in the user's data folder
  std::int64_t bytes_max = 20'000'000'000;
  std::string s3_bucket;  // empty: the folder
  std::string s3_endpoint;
  std::string s3_region = "us-east-1";
  std::string s3_prefix = "segue/music/";
  bool s3_path_style = true;
  std::string s3_access_key;
  std::string s3_secret_key;  // secret
  std::string s3_ca;          // PEM file; empty: the system's
};

struct ComposeConfig {
  std::string genre;
  std::string mood;
  std::int64_t tempo = 0;  // 0: what genre and mood suggest
  std::string key;
  double seconds = 60;
  std::string instruments;  // separated by commas
  double energy = -1;       // below 0: what the mood suggests
  std::int64_t seed = 1;
  std::string out = ".";
  bool picture = false;
  bool json = false;
  std::string check;  // a file; empty: compose
  std::string trust;  // a public key; empty: that of audio.signing_key
  bool show_key = false;
};

// As `visit` in core/config.h, which calls it.
template <class SomeConfig, class F>
void visit_music(SomeConfig& c, F&& f) {  // NOLINT(readability-function-size): a list
  f("model.composed_at_once", c.model.composed_at_once,
    "Tracks that may be composed for one listener at once; 0: none are.", Bounds{0, 100},
    Shown::yes);
  f("model.composed_an_hour", c.model.composed_an_hour,
    "As many more of them after an hour of the listener's time.", Bounds{0, 1'000}, Shown::yes);
  f("model.composed_an_hour_all", c.model.composed_an_hour_all,
    "The same for all listeners of a worker's thread, as many at once.", Bounds{0, 1e5},
    Shown::yes);
  f("audio.soundfont", c.audio.soundfont,
    "SoundFont file whose instruments play; empty: FluidR3 where installed, else fluidr3mono.",
    Bounds{}, Shown::yes);
  f("audio.signing_key", c.audio.signing_key,
    "PEM file of the Ed25519 key that signs composed pieces, made on first use; empty: "
    "segue/signing-key.pem in the user's data folder.",
    Bounds{}, Shown::yes);
  f("audio.licence", c.audio.licence, "Licence of composed pieces, as SPDX names it.", Bounds{},
    Shown::yes);
  f("audio.c2pa_signer", c.audio.c2pa_signer,
    "Program that signs copies of each piece's FLAC and MP3 as C2PA has it, such as "
    "sign_c2pa.py; empty: none are signed.",
    Bounds{}, Shown::yes);
  f("audio.c2pa_certificate", c.audio.c2pa_certificate,
    "PEM file of the chain it signs with, the signer's certificate first.", Bounds{}, Shown::yes);
  f("audio.c2pa_key", c.audio.c2pa_key, "PEM file of that certificate's ES256 key.", Bounds{},
    Shown::yes);
  f("store.folder", c.store.folder,
    "Where composed files are kept; empty: segue/music in the user's data folder, and of a gateway "
    "that it sends none.",
    Bounds{}, Shown::yes);
  f("store.bytes_max", c.store.bytes_max,
    "Bytes that composed files may take; past it those longest unplayed go.",
    Bounds{100'000'000, 1e15}, Shown::yes);
  f("store.s3_bucket", c.store.s3_bucket,
    "Bucket of S3, or of a server that speaks it, in which they are kept instead of in a folder.",
    Bounds{}, Shown::yes);
  f("store.s3_endpoint", c.store.s3_endpoint,
    "Its server, as https://s3.example:9000; empty: AWS, in that region.", Bounds{}, Shown::yes);
  f("store.s3_region", c.store.s3_region, "Region of the bucket, which signatures name.", Bounds{},
    Shown::yes);
  f("store.s3_prefix", c.store.s3_prefix, "Begins the name of every object; ends with /.", Bounds{},
    Shown::yes);
  f("store.s3_path_style", c.store.s3_path_style,
    "The bucket stands in the path, as all servers know it; false: before the host's name.",
    Bounds{}, Shown::yes);
  f("store.s3_access_key", c.store.s3_access_key, "Id of the key that signs requests.", Bounds{},
    Shown::yes);
  f("store.s3_secret_key", c.store.s3_secret_key,
    "Only from SEGUE_STORE_S3_SECRET_KEY or its _FILE; never a flag or file of settings.", Bounds{},
    Shown::secret);
  f("store.s3_ca", c.store.s3_ca,
    "PEM file of who may have signed the server's certificate; empty: the system's.", Bounds{},
    Shown::yes);
  f("compose.genre", c.compose.genre, "Genre; empty: what the mood suggests.", Bounds{},
    Shown::yes);
  f("compose.mood", c.compose.mood, "Mood; empty: what the genre suggests.", Bounds{}, Shown::yes);
  f("compose.tempo", c.compose.tempo, "Beats a minute, 40 to 220; 0: what genre and mood suggest.",
    Bounds{-1e9, 1e9}, Shown::yes);
  f("compose.key", c.compose.key, "Key, such as F# minor; empty: drawn by the seed.", Bounds{},
    Shown::yes);
  f("compose.seconds", c.compose.seconds, "Length, 5 to 600.", Bounds{-1e9, 1e9}, Shown::yes);
  f("compose.instruments", c.compose.instruments,
    "Up to six, separated by commas; empty: what the genre suggests.", Bounds{}, Shown::yes);
  f("compose.energy", c.compose.energy,
    "From 0 (still) to 1 (loud and dense); -1: what the mood suggests.", Bounds{-1, 1e9},
    Shown::yes);
  f("compose.seed", c.compose.seed, "The same seed and wish give the same piece.", Bounds{0, 9e18},
    Shown::yes);
  f("compose.out", c.compose.out, "Folder for the files; it is made.", Bounds{}, Shown::yes);
  f("compose.picture", c.compose.picture, "Also draw the notes and the spectrum.", Bounds{},
    Shown::yes);
  f("compose.json", c.compose.json, "Print one JSON object.", Bounds{}, Shown::yes);
  f("compose.check", c.compose.check, "Say whether this file is Segue's and unchanged.", Bounds{},
    Shown::yes);
  f("compose.trust", c.compose.trust,
    "Public key that must have signed it, ed25519:... or a PEM file; empty: this installation's.",
    Bounds{}, Shown::yes);
  f("compose.show_key", c.compose.show_key, "Print the public key that pieces are signed with.",
    Bounds{}, Shown::yes);
}

}  // namespace segue
