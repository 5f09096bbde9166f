#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <string>

#include "consumers/generator/compose/check.h"
#include "consumers/generator/composer.h"
#include "consumers/generator/production.h"
#include "core/io/labels/digest.h"
#include "core/io/program.h"
#include "core/io/settings/settings.h"
#include "core/io/store/durable_file.h"
#include "core/wire/json_text.h"

namespace segue::generator {
namespace {

constexpr int kInterrupted = 130;  // 128 + SIGINT, as shells report it

struct Interrupted {};

// The stage that a piece is in, on stderr: rewritten in place on a terminal, else a line a stage.
class Progress {
 public:
  void operator()(Phase phase, double share) {
    if (io::Program::stopping()) throw Interrupted();
    const bool first = share <= 0;
    const auto percent = static_cast<int>(share * 100);
    if (terminal_ && (first || percent != percent_)) {
      std::cerr << "\r\x1b[K" << name_of(phase) << "  " << percent << " %" << std::flush;
    } else if (!terminal_ && first) {
      std::cerr << name_of(phase) << "\n";
    }
    percent_ = percent;
  }
  ~Progress() {
    if (terminal_) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  int percent_ = -1;
};

Wished wished(const ComposeConfig& config) {
  Wished wish{.genre = config.genre,
              .mood = config.mood,
              .tempo_bpm = {},
              .key = config.key,
              .seconds = static_cast<float>(config.seconds),
              .instruments = {},
              .energy = {},
              .seed = static_cast<std::uint64_t>(config.seed)};
  if (config.tempo != 0) wish.tempo_bpm = static_cast<int>(config.tempo);
  if (config.energy >= 0) wish.energy = static_cast<float>(config.energy);
  std::string_view names = config.instruments;
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    wish.instruments.emplace_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return wish;
}

void append_decimal(std::string& out, double value) {
  json::append_rounded(out, static_cast<float>(value));
}

std::string as_json(const Piece& piece, const std::string& folder) {
  std::string text;
  json::ObjectWriter out(text);
  out.text("title", piece.title);
  append_decimal(out.member("seconds"), piece.seconds);
  append_decimal(out.member("integrated_lufs"), piece.loudness.integrated_lufs);
  append_decimal(out.member("true_peak_dbtp"), piece.loudness.true_peak_dbtp);
  append_decimal(out.member("composing_s"), piece.composing_s);
  append_decimal(out.member("rendering_s"), piece.rendering_s);
  append_decimal(out.member("checking_s"), piece.checking_s);
  out.text("pcm_sha256", piece.provenance.pcm_sha256);
  out.member("specification") += piece.provenance.specification;
  std::string& list = out.member("files");
  list += '[';
  for (const File& file : piece.files) {
    if (list.back() != '[') list += ',';
    json::append_string(list, (std::filesystem::path(folder) / file.name).string());
  }
  list += ']';
  out.close();
  return text + "\n";
}

std::string as_text(const Piece& piece, const std::string& folder) {
  std::string text = piece.title + "\n";
  for (const File& file : piece.files) {
    text += "  " + (std::filesystem::path(folder) / file.name).string() + "\n";
  }
  return text;
}

int compose(const Config& config) {
  const auto specification = checked(wished(config.compose));
  if (!specification) throw io::SettingsError(specification.error().detail);
  // Before any work, so that a folder that cannot be written costs no time.
  std::error_code problem;
  std::filesystem::create_directories(config.compose.out, problem);
  if (problem) throw std::runtime_error("\"" + config.compose.out + "\": " + problem.message());
  try {
    Progress progress;
    Production production(config.audio, composer());
    const Order order{.job = io::sha256(encode(*specification)).substr(0, 32),
                      .specification = *specification,
                      .trigger = "command line",
                      .pictures = config.compose.picture};
    const auto piece = production.produce(order, std::ref(progress));
    if (!piece) throw std::runtime_error(piece.error().detail);
    for (const File& file : piece->files) {
      if (io::Program::stopping()) throw Interrupted();
      io::write_durably((std::filesystem::path(config.compose.out) / file.name).string(),
                        file.bytes);
    }
    std::cout << (config.compose.json ? as_json(*piece, config.compose.out)
                                      : as_text(*piece, config.compose.out))
              << std::flush;
    return 0;
  } catch (const Interrupted&) {
    return kInterrupted;
  }
}

int check(const Config& config) {
  const io::PublicKey trusted = trusted_key(config.compose, config.audio);
  const io::Checked seen = check_file(config.compose.check, trusted);
  if (config.compose.json) {
    std::string text;
    json::ObjectWriter out(text);
    out.text("file", config.compose.check);
    out.text("verdict", io::name_of(seen.verdict));
    out.text("why", seen.why);
    if (!seen.signer.bytes.empty()) {
      out.text("signer", io::text_of(seen.signer));
      out.member("provenance") += encode(seen.provenance);
    }
    out.close();
    std::cout << text << "\n" << std::flush;
  } else {
    std::cout << config.compose.check << ": " << io::name_of(seen.verdict) << ": " << seen.why
              << "\n"
              << std::flush;
  }
  return exit_code(seen.verdict);
}

int run(io::Program& program) {
  // Past the limit of a file's size a write fails and is reported, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  const Config& config = program.config();
  if (config.compose.show_key) {
    const io::SigningKey key(signing_key_path(config.audio));
    std::cout << io::text_of(key.public_key()) << "\n" << io::pem_of(key.public_key());
    return 0;
  }
  return config.compose.check.empty() ? compose(config) : check(config);
}

}  // namespace
}  // namespace segue::generator

int main(int argc, char** argv) {
  const segue::io::ProgramInfo info{
      .name = "segue-compose",
      .summary = "Composes a piece and writes it as FLAC, MP3 and MIDI with its signed record.",
      .sections = {"audio", "compose", "log"},
      .own_section = "compose",
      .examples = {"segue-compose --mood calm --genre jazz --tempo 60 --seconds 60 --out music",
                   "segue-compose --genre rock --key \"E minor\" --seed 7 --picture --json",
                   "segue-compose --instruments piano,cello --seconds 30",
                   "segue-compose --check music/calm-jazz-60bpm-seed1-0d235a.mp3",
                   "segue-compose --show-key                   for --trust elsewhere", "",
                   "--check ends with 0: Segue's and unchanged, 3: changed, 4: signed by a key",
                   "that is not trusted, 5: no record; 1: it cannot be read"},
      .commands = {}};
  return segue::io::run_program(info, argc, argv, segue::generator::run);
}
