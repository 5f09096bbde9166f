#pragma once

#include <cstdint>
#include <string>

#include "core/setting.h"

namespace segue {

// Settings of segue-admin, a part of `Config` (core/config.h).

struct AdminConfig {
  std::string topics;     // empty: the installed file, or the clone's
  std::string functions;  // the same
  std::int64_t replication = 1;
  std::int64_t wait_s = 30;
  std::int64_t silence_s = 60;
  // Which dead letters; empty: whatever it is.
  std::string reason;
  std::string from_topic;
  std::string original;  // TOPIC/PARTITION/OFFSET
  std::string since;     // RFC 3339
  std::string until;
  std::int64_t letters_max = 0;  // 0: all
  std::string out;               // generate: a folder
  std::string targets;           // empty: the services installed here
  std::int64_t partition = -1;   // skip
  std::int64_t to = -1;
  std::string to_prefix;  // reshard
  bool dry_run = false;
  bool yes = false;
  bool all = false;
  bool json = false;
};

// As `visit` in core/config.h, which calls it.
template <class SomeConfig, class F>
void visit_admin(SomeConfig& c, F&& f) {  // NOLINT(readability-function-size): a list
  f("admin.partition", c.admin.partition, "skip: the partition of --from-topic that stands.",
    Bounds{-1, 100'000}, Shown::yes);
  f("admin.to", c.admin.to, "skip: the first offset that is to be read again.", Bounds{-1, 1e18},
    Shown::yes);
  f("admin.to_prefix", c.admin.to_prefix,
    "reshard: the prefix of the topics and keys that the state moves to.", Bounds{}, Shown::yes);
  f("admin.dry_run", c.admin.dry_run, "reshard: check all, say what would be done, and do nothing.",
    Bounds{}, Shown::yes);
  f("admin.yes", c.admin.yes, "skip, restore: do it; without it what would be done is said.",
    Bounds{}, Shown::yes);
  f("admin.topics", c.admin.topics,
    "File with the topics and their partitions; empty: the one installed beside the program, or "
    "the clone's.",
    Bounds{}, Shown::yes);
  f("admin.functions", c.admin.functions,
    "File with the Redis functions; empty: as for admin.topics.", Bounds{}, Shown::yes);
  f("admin.replication", c.admin.replication, "Replicas of each topic.", Bounds{1, 16}, Shown::yes);
  f("admin.wait_s", c.admin.wait_s, "init: how long to wait for Kafka and Redis to answer.",
    Bounds{0, 3'600}, Shown::yes);
  f("admin.silence_s", c.admin.silence_s,
    "backup, restore: how long Redis may say nothing, or not come for a copy; it has as long to "
    "read "
    "one, and a second a megabyte.",
    Bounds{1, 3'600}, Shown::yes);
  f("admin.out", c.admin.out, "generate: the folder to write; it is not there yet, or empty.",
    Bounds{}, Shown::yes);
  f("admin.targets", c.admin.targets,
    "generate watch: what is scraped, JOB=HOST:PORT, separated by commas; empty: the services as "
    "installed on this machine.",
    Bounds{}, Shown::yes);
  f("admin.reason", c.admin.reason, "Dead letters refused for this reason; empty: for any.",
    Bounds{}, Shown::yes);
  f("admin.from_topic", c.admin.from_topic,
    "dead-letters: those from this topic; empty: from any. skip: the topic of the partition; "
    "empty: "
    "segue.events.v1.",
    Bounds{}, Shown::yes);
  f("admin.original", c.admin.original,
    "The dead letter whose original stood at TOPIC/PARTITION/OFFSET; empty: all.", Bounds{},
    Shown::yes);
  f("admin.since", c.admin.since, "Dead letters from this time on, as 2026-11-21T19:00:00Z.",
    Bounds{}, Shown::yes);
  f("admin.until", c.admin.until, "Dead letters up to this time.", Bounds{}, Shown::yes);
  f("admin.letters_max", c.admin.letters_max, "Dead letters taken at most; 0: all.",
    Bounds{0, 1e12}, Shown::yes);
  f("admin.all", c.admin.all, "Dead letters are put back although no other flag chooses which.",
    Bounds{}, Shown::yes);
  f("admin.json", c.admin.json, "JSON lines also on a terminal.", Bounds{}, Shown::yes);
}

}  // namespace segue
