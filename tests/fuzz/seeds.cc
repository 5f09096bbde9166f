// Writes the inputs that fuzzing begins with: an example of everything, as this build writes it.
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "core/music/compose.h"
#include "core/music/midi.h"
#include "tests/unit/blobs.h"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void write(const fs::path& folder, const std::string& name, const std::string& bytes) {
  fs::create_directories(folder);
  std::ofstream file(folder / name, std::ios::binary | std::ios::trunc);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + (folder / name).string());
}

// As tests/fuzz/fuzz.h says.
std::string record_text(const json::object& example) {
  std::string text = "key: " + std::string(example.at("key").as_string()) + "\n";
  for (const auto& header : example.at("headers").as_object()) {
    text += std::string(header.key()) + ": " + std::string(header.value().as_string()) + "\n";
  }
  return text + "\n" + json::serialize(example.at("value"));
}

void write_examples(const fs::path& examples, const fs::path& seeds) {
  for (const auto& entry : fs::directory_iterator(examples)) {
    const std::string name = entry.path().stem();
    const json::object example = json::parse(read(entry.path())).as_object();
    if (name.starts_with("event.")) {
      write(seeds / "event", name, record_text(example));
      write(seeds / "submission", name,
            "e{\"event\":" + json::serialize(example.at("value")) + "}");
    }
    if (name.starts_with("dead-letter.")) write(seeds / "dead_letter", name, record_text(example));
    if (name.starts_with("recommendation.")) {
      write(seeds / "recommendation", name, json::serialize(example.at("value")));
    }
    if (name.starts_with("generation-")) {
      const std::string kind = name.starts_with("generation-job.")      ? "j"
                               : name.starts_with("generation-result.") ? "r"
                                                                        : "d";
      write(seeds / "generation", name, kind + json::serialize(example.at("value")));
    }
    if (name.starts_with("generation-result.")) {
      write(seeds / "generation", name + "-fate", "f" + json::serialize(example.at("value")));
    }
    if (name.starts_with("generation-job.")) {
      const std::string result = json::serialize(
          json::parse(read(examples / "generation-result.ready.json")).as_object().at("value"));
      write(seeds / "generation", "open",
            R"(o{"version":1,"jobs":[{"tries":1,"job":)" + json::serialize(example.at("value")) +
                R"(,"result":)" + result + "}]}");
    }
    if (name.starts_with("catalog-entry.")) {
      write(seeds / "blob", name, "t" + json::serialize(example.at("value")));
    }
  }
}

void write_blobs(const fs::path& folder) {
  using namespace segue;
  write(folder, "listener", "l" + encode(test::full_listener()));
  write(folder, "item", "i" + encode(test::full_item()));
  write(folder, "coverage", "c" + encode(test::full_coverage()));
  write(folder, "ranker", "r" + encode(test::trained_ranker()));
  write(folder, "rankers", "r" + encode(test::pair_of_rankers()));
  write(folder, "model", "m" + encode(model_of(test::full_item())));
  write(folder, "signals", "s" + encode(test::full_batch()));
  write(folder, "snapshot", "n" + encode_snapshot(test::short_list()));
  write(folder, "lessons", "o" + encode(test::trained_ranker()));
  write(folder, "lessons-key", "k3/short");
}

void write_texts(const fs::path& seeds) {
  write(seeds / "settings", "toml", "t[kafka]\nbrokers = \"k:9092\"\n[model]\nk = 10\n");
  write(seeds / "settings", "flags", "f--model.k\n10\n--threads=2\n--config\nx.toml");
  write(seeds / "settings", "changes", "emodel.k=10,model.ranker_rate=0.5");
  write(seeds / "settings", "environment", "vSEGUE_MODEL_K=10\nSEGUE_GATEWAY_TOKEN_KEY_FILE=key");
  write(seeds / "token", "claims", R"(c{"sub":"ada","aud":["segue"],"exp":1795270000,"nbf":1.5})");
  write(seeds / "token", "two-subjects",
        R"(c{"sub":"ada","aud":"segue","exp":1795270000,"sub":"b"})");
  write(seeds / "token", "jwk",
        R"(k{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  write(seeds / "token", "token", "teyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl");
  write(seeds / "listens", "30music",
        "ts\tuser\tsession\ttrack\tartist\tslice\tplayed_fraction\tgap_s\n"
        "1390209860\t1\t2\t3\t4\ttrain\t1.0\t0\n");
  write(seeds / "listens", "segue-csv",
        "time,user_id,session_id,track_id,artist_id,played_fraction\n"
        "2026-01-02T03:04:05Z,ada,s,\"blue, \"\"so\"\"\",miles,0.5\n");
  write(seeds / "listens", "sessions", "a b c\n\nd e\n");
  write(seeds / "s3_text", "page",
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b"
        "</NextContinuationToken><Contents><Key>files/a.flac</Key><Size>7</Size><LastModified>"
        "2026-11-30T09:07:16.000Z</LastModified></Contents></ListBucketResult>");
  write(seeds / "s3_text", "problem",
        "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Region>eu-north-1</Region></Error>");
  write(seeds / "submission", "listenbrainz",
        R"(b{"listen_type":"single","payload":[{"listened_at":1700000000,"track_metadata":)"
        R"({"artist_name":"Miles","track_name":"So What","additional_info":{"duration_ms":1000,)"
        R"("recording_mbid":"b5b1ad3b-31a8-4f0b-b2a0-2a0d1a4d1f60"}}}]})");
  write(seeds / "submission", "batch", R"(e{"events":[{"type":"session.started"}]})");
}

void write_music(const fs::path& seeds) {
  using namespace segue;
  const std::string wish =
      R"({"genre":"jazz","mood":"calm","tempo_bpm":60,"key":"Bb minor","seconds":12.5,)"
      R"("instruments":["piano","drums"],"energy":0.3,"seed":"7"})";
  write(seeds / "specification", "whole", wish);
  write(seeds / "specification", "bare", R"({"seed":7})");
  write(seeds / "music", "midi",
        "m" + music::midi(music::compose(*decode_specification(wish), music::built_in_counts())));
  write(seeds / "music", "counts", "c" + std::string(music::built_in_count_bytes()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("segue-fuzz-seeds EXAMPLES TOPICS FOLDER\n", stderr);
    return 2;
  }
  const fs::path seeds = argv[3];
  write_examples(argv[1], seeds);
  write_blobs(seeds / "blob");
  write_texts(seeds);
  write_music(seeds);
  write(seeds / "topics", "deployed", read(argv[2]));
  return 0;
}
