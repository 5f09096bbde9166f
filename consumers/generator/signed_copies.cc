#include "consumers/generator/signed_copies.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "core/io/child_process.h"
#include "core/io/store/durable_file.h"

namespace segue::generator {
namespace {

namespace fs = std::filesystem;

// Less than services are given to stop.
constexpr std::chrono::seconds kWithin{30};
constexpr std::size_t kCopyBytesMax = 1'000'000'000;
constexpr std::string_view kSound = "audio/";

// A folder that goes with what is in it.
class WorkFolder {
 public:
  WorkFolder() : path_(fs::temp_directory_path() / "segue-sign-XXXXXX") {
    std::string name = path_.string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("a folder for copies cannot be made: " +
                               std::generic_category().message(errno));
    }
    path_ = name;
  }
  ~WorkFolder() {
    std::error_code left;
    fs::remove_all(path_, left);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void must_be_file(const std::string& setting, const std::string& path) {
  std::error_code problem;
  if (path.empty()) {
    throw std::runtime_error(
        setting +
        " is empty: a signer needs its program, its certificate and its key; set all three "
        "or none");
  }
  if (!fs::is_regular_file(path, problem)) {
    throw std::runtime_error(setting + ": \"" + path + "\" is no file");
  }
}

// "a.flac" -> "a.c2pa.flac".
std::string name_of_copy(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return name.substr(0, dot) + ".c2pa" + name.substr(dot);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// The signer, and the files that it is called with beside the record.
struct Identity {
  const std::string& program;
  const std::string& certificate;
  const std::string& key;
};

std::vector<File> signed_in(const WorkFolder& folder, const std::vector<File>& files,
                            const Identity& identity) {
  for (const File& file : files) io::write_durably(folder.path() / file.name, file.bytes);
  const fs::path out = folder.path() / "signed";
  const io::Ran ran =
      io::run_to_end({identity.program, folder.path() / files.back().name, "--certificate",
                      identity.certificate, "--key", identity.key, "--out", out},
                     kWithin);
  if (ran.code != 0) {
    throw std::runtime_error("the C2PA signer ended with " + std::to_string(ran.code) + ": " +
                             first_line(ran.said));
  }
  std::vector<File> copies;
  for (const File& file : files) {
    if (!file.media_type.starts_with(kSound) || file.media_type == "audio/midi") continue;
    copies.push_back({.name = name_of_copy(file.name),
                      .media_type = file.media_type,
                      .bytes = io::read_whole(out / file.name, kCopyBytesMax)});
  }
  return copies;
}

}  // namespace

CopySigner::CopySigner(const AudioConfig& config)
    : program_(config.c2pa_signer), certificate_(config.c2pa_certificate), key_(config.c2pa_key) {
  if (program_.empty() && certificate_.empty() && key_.empty()) return;
  must_be_file("audio.c2pa_signer", program_);
  must_be_file("audio.c2pa_certificate", certificate_);
  must_be_file("audio.c2pa_key", key_);
}

std::vector<File> CopySigner::copies_of(const std::vector<File>& files) const {
  try {
    return signed_in(WorkFolder(), files, {program_, certificate_, key_});
  } catch (const std::runtime_error& problem) {
    throw NotSigned(problem.what());
  }
}

}  // namespace segue::generator
