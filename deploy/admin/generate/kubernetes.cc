#include <algorithm>
#include <array>
#include <iostream>
#include <vector>

#include "core/io/settings/settings.h"
#include "core/io/store/s3_request.h"
#include "core/io/store/stores.h"
#include "core/io/traces/collector.h"
#include "deploy/admin/generate/generate.h"
#include "deploy/admin/generate/partitions.h"
#include "deploy/admin/generate/servers.h"
#include "deploy/admin/generate/tree.h"
#include "deploy/admin/own_files.h"

namespace segue::admin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSettings = "base/settings.yaml";
constexpr std::string_view kNetwork = "base/network.yaml";
constexpr std::string_view kGenerator = "base/generator.yaml";
constexpr std::string_view kGateway = "base/gateway.yaml";
// Sections that each pod is given; programs leave what is not theirs alone.
constexpr std::array<std::string_view, 11> kSections = {"kafka", "redis",      "worker",  "trainer",
                                                        "model", "experiment", "gateway", "audio",
                                                        "store", "traces",     "log"};

// Replicas of each topic, as base/settings.yaml has them.
constexpr std::int64_t kCopies = 3;

// Fits no pod, or is said in the manifests already.
struct Misfit {
  std::string_view setting;
  std::string_view why;
};
constexpr std::array<Misfit, 15> kMisfits = {{
    {"kafka.group", "recommenders, trainers and generators would be one group"},
    {"kafka.instance", "pods of a Deployment have no name that outlives a restart"},
    {"kafka.sasl_token_url",
     "the manifests let pods reach brokers and Redis, and no one for tokens"},
    {"gateway.dev", "gives tokens to the pod's own machine alone"},
    {"gateway.tls_certificate", "what ends TLS stands before the Service segue-gateway"},
    {"gateway.token_keys_url",
     "the manifests check tokens with issuer.pem of the Secret segue-keys"},
    {"gateway.token_keys_ca",
     "the manifests check tokens with issuer.pem of the Secret segue-keys"},
    {"gateway.token_secret", "the manifests check tokens with issuer.pem of the Secret segue-keys"},
    {"redis.sentinel_master", "the manifests let pods reach the sentinels, and not their master"},
    {"audio.soundfont", "the image brings its own, and pods have no other"},
    {"audio.c2pa_signer", "pods have no signer"},
    {"audio.c2pa_certificate", "pods have no signer"},
    {"audio.c2pa_key", "pods have no signer"},
    {"audio.signing_key", "the manifests keep it in the volume segue-music"},
    {"store.folder", "the manifests keep it in the volume segue-music"},
}};
// Addresses that probes, services and policies name.
constexpr std::array<std::array<std::string_view, 2>, 2> kListens = {
    {{"gateway.listen", "\"0.0.0.0:8080\""}, {"metrics.listen", "\"0.0.0.0:9470\""}}};

// A file of the Secret segue-servers, which pods find in /servers.
struct ServerFile {
  std::string_view setting;
  std::string_view file;
};
constexpr std::array<ServerFile, 14> kServerFiles = {{
    {"kafka.tls_ca", "kafka-ca.pem"},
    {"kafka.tls_certificate", "kafka.crt"},
    {"kafka.tls_key", "kafka.key"},
    {"kafka.tls_key_password", "kafka.key.password"},
    {"kafka.sasl_password", "kafka.password"},
    {"redis.tls_ca", "redis-ca.pem"},
    {"redis.tls_certificate", "redis.crt"},
    {"redis.tls_key", "redis.key"},
    {"redis.tls_key_password", "redis.key.password"},
    {"redis.password", "redis.password"},
    {"redis.sentinel_password", "redis.sentinel.password"},
    {"store.s3_ca", "s3-ca.pem"},
    {"store.s3_secret_key", "s3.secret"},
    {"traces.ca", "traces-ca.pem"},
}};

std::string variable_of(std::string_view setting) {
  std::string name = "SEGUE_" + std::string(setting);
  for (char& c : name) {
    if (c == '.') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

// Those that were given: they differ from the default, or are secrets.
std::vector<io::Setting> given(const Config& config) {
  std::vector<io::Setting> settings = io::settings_of(config);
  const std::vector<io::Setting> usual = io::settings_of(Config());
  std::size_t at = 0;
  std::erase_if(settings, [&](const io::Setting& one) {
    const io::Setting& other = usual[at++];
    return one.secret ? !one.set : one.value == other.value;
  });
  return settings;
}

void check_fits(const std::vector<io::Setting>& settings) {
  for (const io::Setting& one : settings) {
    const auto misfit = std::ranges::find(kMisfits, one.name, &Misfit::setting);
    if (misfit != kMisfits.end()) {
      throw io::SettingsError(std::string(one.name) +
                              " goes with no pod: " + std::string(misfit->why));
    }
    for (const auto& [name, wanted] : kListens) {
      if (one.name != name || one.value == wanted) continue;
      throw io::SettingsError(std::string(name) + ": probes and services of the manifests want " +
                              std::string(wanted) + ", or nothing; " + one.value + " was given");
    }
  }
}

const ServerFile* server_file(std::string_view setting) {
  const auto* const found = std::ranges::find(kServerFiles, setting, &ServerFile::setting);
  return found == kServerFiles.end() ? nullptr : found;
}

// A text of TOML is one of YAML; a number becomes one, as all values of a ConfigMap must be.
std::string yaml_text(const std::string& value) {
  return value.starts_with('"') ? value : "\"" + value + "\"";
}

// Lines of a ConfigMap.
std::string config_map(const std::vector<io::Setting>& settings, const Config& config) {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& value) {
    text += "  " + name + ": " + value + "\n";
  };
  for (const io::Setting& one : settings) {
    const bool wanted = std::ranges::find(kSections, one.section) != kSections.end();
    if (!wanted || one.name == "gateway.listen") continue;
    const std::string variable = variable_of(one.name);
    if (const ServerFile* file = server_file(one.name)) {
      add(variable + (one.secret ? "_FILE" : ""), "/servers/" + std::string(file->file));
    } else if (!one.secret) {
      add(variable, yaml_text(one.value));
    }
  }
  // One copy of each topic, the default, is for a machine, and not for a cluster.
  const std::int64_t copies = config.admin.replication == 1 ? kCopies : config.admin.replication;
  add("SEGUE_ADMIN_REPLICATION", "\"" + std::to_string(copies) + "\"");
  for (const auto& [name, value] : kListens) add(variable_of(name), std::string(value));
  return text;
}

// The part of a file from the line after `from` up to `to`; empty where there is none.
std::string part_between(const Tree& tree, std::string_view path, std::string_view from,
                         std::string_view to) {
  const auto file = tree.find(path);
  if (file == tree.end()) return {};
  const std::size_t begin = file->second.find(from);
  if (begin == std::string::npos) return {};
  const std::size_t first = begin + from.size();
  return file->second.substr(first, file->second.find(to, first) - first);
}

// As deploy/kubernetes/base has it for servers in a namespace of their own.
std::string usual_egress(std::string_view space, std::string_view port) {
  return egress_to({{"any." + std::string(space) + ".svc", std::string(port)}});
}

void scale_to(std::int32_t partitions, std::int32_t usual, Tree& tree, const fs::path& path) {
  constexpr std::string_view kMost = "maxReplicaCount: ";
  replace(tree, path, std::string(kMost) + std::to_string(usual),
          std::string(kMost) + std::to_string(partitions));
}

std::vector<Address> collectors_for_pods(const TracesConfig& config) {
  io::check_traces(config);
  if (config.endpoint.empty()) return {};
  const io::Collector collector = io::collector_of(config.endpoint);
  return addresses_for_pods("traces.endpoint", collector.host + ":" + collector.port);
}

// The bucket's server; none: tracks are kept in the volume.
std::vector<Address> buckets_for_pods(const StoreConfig& config) {
  if (!io::names_store(config)) return {};
  io::check_s3(config);
  const std::string endpoint = io::s3_endpoint(config);
  std::string address = endpoint.substr(endpoint.find("://") + 3);
  const std::size_t bracket = address.rfind(']');  // of an IPv6 address, before its port
  if (address.find(':', bracket == std::string::npos ? 0 : bracket) == std::string::npos) {
    address += endpoint.starts_with("https://") ? ":443" : ":80";
  }
  return addresses_for_pods("store.s3_endpoint", address);
}

// The volume is the key's alone then, and no gateway's; it keeps its size, for a claim that is
// there cannot shrink.
void keep_in_bucket(Tree& tree) {
  constexpr std::string_view kFolder =
      "            - name: SEGUE_STORE_FOLDER\n              value: /music/tracks\n";
  replace(tree, kGenerator, kFolder, "");
  replace(
      tree, kGenerator,
      "# Composed tracks, which generators write and gateways read, and the key that signs "
      "them, made on\n# first use: one volume for all of them.\n",
      "# The key that signs composed tracks, made on first use: one volume for all generators.\n");
  replace(tree, kGateway, kFolder, "");
  replace(tree, kGateway,
          "            # The tracks alone, not the key that signs them.\n"
          "            - name: music\n              mountPath: /music/tracks\n"
          "              subPath: tracks\n",
          "");
  replace(tree, kGateway,
          "        - name: music\n          persistentVolumeClaim:\n"
          "            claimName: segue-music\n",
          "");
}

void say_what_comes_first() {
  std::cout << "First, once, with the issuer.pem that checks your tokens, and your image in the "
               "Deployments:\n"
               "kubectl create namespace segue\n"
               "(umask 077; segue-admin secret > pseudonyms.key; segue-admin secret > audio.key)\n"
               "kubectl -n segue create secret generic segue-keys --from-file=issuer.pem "
               "--from-file=pseudonyms.key --from-file=audio.key\n";
}

void say_secret(const std::vector<io::Setting>& settings) {
  std::string files;
  for (const io::Setting& one : settings) {
    const ServerFile* file = server_file(one.name);
    if (file == nullptr) continue;
    const std::string from =
        one.secret ? std::string(file->file) : one.value.substr(1, one.value.size() - 2);
    files += " --from-file=" + std::string(file->file) + "=" + from;
  }
  if (files.empty()) return;
  std::cout << "Pods want this Secret, of files with what they name:\n"
               "kubectl -n segue create secret generic segue-servers"
            << files << "\n";
}

}  // namespace

int generate_kubernetes(const Config& config) {
  check_out(config.admin.out);
  const std::vector<io::Setting> settings = given(config);
  check_fits(settings);
  const auto brokers = addresses_for_pods("kafka.brokers", config.kafka.brokers);
  const auto redis = addresses_for_pods("redis.address", config.redis.address);
  const auto collectors = collectors_for_pods(config.traces);
  const auto buckets = buckets_for_pods(config.store);
  const Partitions partitions = partitions_of(config.admin);
  Tree tree = read_tree(kubernetes_folder());
  std::erase_if(tree, [](const auto& file) { return file.first.extension() != ".yaml"; });
  replace(tree, kSettings, part_between(tree, kSettings, "\ndata:\n", "---\n"),
          config_map(settings, config));
  replace(tree, kNetwork, usual_egress("kafka", "9092"), egress_to(brokers));
  replace(tree, kNetwork, usual_egress("redis", "6379"),
          egress_to(redis) + egress_to(collectors) + egress_to(buckets));
  if (!buckets.empty()) keep_in_bucket(tree);
  owned_by(partitions, tree, "monitoring/rules.yaml");
  scale_to(partitions.events, kWrittenPartitions.events, tree, "autoscaling/recommender.yaml");
  scale_to(partitions.signals, kWrittenPartitions.signals, tree, "autoscaling/trainer.yaml");
  write_tree(tree, config.admin.out);
  std::cout << "Wrote " << tree.size() << " files to " << config.admin.out << ".\n";
  say_what_comes_first();
  say_secret(settings);
  std::cout << "kubectl apply -k " << config.admin.out << std::endl;
  return 0;
}

}  // namespace segue::admin
