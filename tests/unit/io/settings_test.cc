#include "core/io/settings/settings.h"
#include "tests/unit/io/says.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace segue::io {
namespace {

ProgramInfo replay() {
  return {.name = "segue-replay",
          .summary = "Replays listening.",
          .sections = {"kafka", "redis", "replay", "log"},
          .own_section = "replay",
          .examples = {"segue-replay --rate 500"},
          .commands = {}};
}

ProgramInfo admin() {
  return {.name = "segue-admin",
          .summary = "Sets up.",
          .sections = {"kafka"},
          .own_section = {},
          .examples = {},
          .commands = {{"init", "Creates topics."}, {"check", "Looks."}}};
}

std::string no_file(const std::string& path) { throw SettingsError("Cannot read " + path); }

Config toml(std::string_view text) {
  Config config;
  read_toml(config, text, "segue.toml");
  return config;
}

Config flags(const std::vector<std::string>& args) {
  Config config;
  read_flags(config, read_arguments(replay(), args));
  return config;
}

Config variables(const Environment& environment) {
  Config config;
  read_environment(config, environment, no_file);
  return config;
}

// The message of the SettingsError that `act` throws, or "" if it throws none.
template <class Act>
std::string refusal(Act act) {
  try {
    act();
  } catch (const SettingsError& wrong) {
    return wrong.what();
  }
  return {};
}

TEST(Settings, a_file_sets_sections_as_tables) {
  const Config config = toml(R"(
    [kafka]
    brokers = "kafka-1:9092,kafka-2:9092"
    [worker]
    batch_events_max = 64
    accept_trimmed_log = true
    [replay]
    rate = 500
    speed = 1.5
  )");

  EXPECT_EQ(config.kafka.brokers, "kafka-1:9092,kafka-2:9092");
  EXPECT_EQ(config.worker.batch_events_max, 64);
  EXPECT_TRUE(config.worker.accept_trimmed_log);
  EXPECT_EQ(config.replay.rate, 500);
  EXPECT_EQ(config.replay.speed, 1.5);
}

TEST(Settings, an_unknown_key_names_its_line_and_the_nearest_setting) {
  const std::string message = refusal([] { toml("[kafka]\nbroker = \"x\"\n"); });

  EXPECT_TRUE(says(message, "\"kafka.broker\"")) << message;
  EXPECT_TRUE(says(message, "segue.toml, line 2")) << message;
  EXPECT_TRUE(says(message, "the nearest is kafka.brokers")) << message;
}

TEST(Settings, a_misspelt_or_missing_section_is_unknown_too) {
  EXPECT_TRUE(says(refusal([] { toml("[kafak]\nbrokers = \"x\"\n"); }), "kafka.brokers"));
  EXPECT_TRUE(says(refusal([] { toml("brokers = \"x\"\n"); }), "kafka.brokers"));
  EXPECT_TRUE(says(refusal([] { toml("[wroker]\n"); }), "Unknown section"));
  EXPECT_EQ(refusal([] { toml("[worker]\n"); }), "");
}

TEST(Settings, a_wrong_type_says_what_was_given_and_what_may_stand_there) {
  const std::string message = refusal([] { toml("[worker]\n\nbatch_events_max = \"many\"\n"); });

  EXPECT_TRUE(says(message, "worker.batch_events_max")) << message;
  EXPECT_TRUE(says(message, "a whole number, 1 to 1024")) << message;
  EXPECT_TRUE(says(message, "many")) << message;
  EXPECT_TRUE(says(message, "line 3")) << message;
  EXPECT_TRUE(says(refusal([] { toml("[worker]\nbatch_events_max = 2.5\n"); }), "whole number"));
  EXPECT_TRUE(says(refusal([] { toml("[tail]\njson = \"true\"\n"); }), "true or false"));
  EXPECT_TRUE(says(refusal([] { toml("[kafka]\nbrokers = [\"a\"]\n"); }), "text"));
}

TEST(Settings, bounds_are_inclusive_and_hold_everywhere) {
  EXPECT_EQ(toml("[worker]\nbatch_events_max = 1024\n").worker.batch_events_max, 1024);
  EXPECT_TRUE(says(refusal([] { toml("[worker]\nbatch_events_max = 1025\n"); }), "1025"));
  EXPECT_TRUE(says(refusal([] { variables({{"SEGUE_MODEL_K", "0"}}); }), "model.k"));
  EXPECT_TRUE(says(refusal([] { flags({"--rate", "-1"}); }), "0 to 10000000"));
  EXPECT_TRUE(says(refusal([] { flags({"--rate", "nan"}); }), "a number"));
}

TEST(Settings, text_that_is_not_toml_names_the_line) {
  const std::string message = refusal([] { toml("[kafka]\nbrokers =\n"); });

  EXPECT_TRUE(says(message, "line 2")) << message;
}

TEST(Settings, variables_are_the_setting_in_capitals) {
  const Config config = variables({{"SEGUE_KAFKA_BROKERS", "kafka:9092"},
                                   {"SEGUE_REPLAY_RATE", "0.5"},
                                   {"SEGUE_TAIL_JSON", "true"},
                                   {"PATH", "/bin"}});

  EXPECT_EQ(config.kafka.brokers, "kafka:9092");
  EXPECT_EQ(config.replay.rate, 0.5);
  EXPECT_TRUE(config.tail.json);
}

TEST(Settings, a_misspelt_variable_is_an_error_and_a_reserved_one_is_not) {
  const auto one = [](const char* name) { return refusal([&] { variables({{name, "1"}}); }); };

  EXPECT_TRUE(says(one("SEGUE_KAFKA_BROKER"), "SEGUE_KAFKA_BROKERS"));
  EXPECT_TRUE(says(one("SEGUE_LOGLEVEL"), "SEGUE_LOG_LEVEL"));
  EXPECT_EQ(one("SEGUE_DATA"), "");
  EXPECT_EQ(one("SEGUE_TEST_KAFKA_LIBS"), "");
  EXPECT_EQ(one("SEGUE_CACHE"), "");
}

TEST(Settings, a_variable_that_is_no_number_is_refused_with_its_name) {
  const std::string message = refusal([] { variables({{"SEGUE_REPLAY_SEED", "7x"}}); });

  EXPECT_TRUE(says(message, "replay.seed")) << message;
  EXPECT_TRUE(says(message, "\"7x\" was given in SEGUE_REPLAY_SEED")) << message;
  EXPECT_NE(refusal([] { variables({{"SEGUE_REPLAY_SEED", ""}}); }), "");
}

TEST(Settings, flags_go_with_the_section_and_for_the_own_section_without) {
  EXPECT_EQ(flags({"--replay.events_max", "7"}).replay.events_max, 7);
  EXPECT_EQ(flags({"--replay.events_max=7"}).replay.events_max, 7);
  EXPECT_EQ(flags({"--events-max", "7"}).replay.events_max, 7);
  EXPECT_EQ(flags({"--events-max=7", "--events-max=8"}).replay.events_max, 8);
  EXPECT_EQ(flags({"--kafka.brokers", "k:1"}).kafka.brokers, "k:1");
  EXPECT_EQ(flags({"--kafka.group=", "--rate", "3"}).replay.rate, 3);
}

TEST(Settings, a_truth_needs_no_value) {
  const auto tail = [](const std::vector<std::string>& args) {
    ProgramInfo info = replay();
    info.sections = {"tail"};
    info.own_section = "tail";
    Config config;
    read_flags(config, read_arguments(info, args));
    return config.tail.json;
  };

  EXPECT_TRUE(tail({"--json"}));
  EXPECT_TRUE(tail({"--tail.json=true"}));
  EXPECT_FALSE(tail({"--json=false"}));
  EXPECT_NE(refusal([&] { tail({"--json=maybe"}); }), "");
}

TEST(Settings, an_unknown_flag_names_the_nearest) {
  EXPECT_TRUE(says(refusal([] { flags({"--rat", "5"}); }), "--rate"));
  EXPECT_TRUE(says(refusal([] { flags({"--events-mx=5"}); }), "--events-max"));
  EXPECT_TRUE(says(refusal([] { flags({"--tail.json"}); }), "does not use tail.json"));
  EXPECT_TRUE(says(refusal([] { flags({"file.tsv"}); }), "Unexpected argument \"file.tsv\""));
  EXPECT_NE(refusal([] { flags({"--rate"}); }), "");
}

TEST(Settings, each_layer_goes_before_the_one_below) {
  const auto file = [](const std::string&) -> std::string {
    return "[replay]\nseed = 2\nlisteners = 2\ntracks = 60\n";
  };
  const Environment environment{{"SEGUE_REPLAY_SEED", "3"}, {"SEGUE_REPLAY_LISTENERS", "3"}};
  const Arguments arguments = read_arguments(replay(), {"--config", "x.toml", "--seed", "4"});

  const Config config = effective_config(arguments, environment, file);

  EXPECT_EQ(config.replay.seed, 4);
  EXPECT_EQ(config.replay.listeners, 3);
  EXPECT_EQ(config.replay.tracks, 60);
  EXPECT_EQ(config.replay.speed, 1);
}

TEST(Settings, secrets_come_from_the_environment_and_are_never_repeated) {
  const std::string in_file = refusal([] { toml("[redis]\npassword = \"canary\"\n"); });
  const std::string as_flag = refusal([] { flags({"--redis.password", "canary"}); });

  EXPECT_EQ(variables({{"SEGUE_REDIS_PASSWORD", "canary"}}).redis.password, "canary");
  EXPECT_TRUE(says(in_file, "SEGUE_REDIS_PASSWORD")) << in_file;
  EXPECT_TRUE(says(as_flag, "redis.password is a secret")) << as_flag;
  EXPECT_FALSE(says(in_file + as_flag, "canary"));
}

TEST(Settings, a_secret_may_stand_in_a_file_of_its_own) {
  Config config;
  read_environment(config, {{"SEGUE_REDIS_PASSWORD_FILE", "/run/secret"}},
                   [](const std::string& path) { return path + " canary\n"; });

  EXPECT_EQ(config.redis.password, "/run/secret canary");
  EXPECT_NE(refusal([] {
              Config other;
              read_environment(other,
                               {{"SEGUE_REDIS_PASSWORD", "a"}, {"SEGUE_REDIS_PASSWORD_FILE", "b"}},
                               [](const std::string&) { return std::string("c"); });
            }),
            "");
}

TEST(Settings, a_file_of_something_else_is_no_password) {
  for (const char* text : {"", "\n", "\r\n", "one\ntwo", "one\n\n", "a\tb", "\n\n\n\n"}) {
    EXPECT_NE(refusal([&] {
                Config config;
                read_environment(config, {{"SEGUE_REDIS_PASSWORD_FILE", "f"}},
                                 [&](const std::string&) { return std::string(text); });
              }),
              "")
        << text;
  }
}

TEST(Settings, a_document_may_have_many_lines) {
  Config config;
  read_environment(config, {{"SEGUE_GATEWAY_TOKEN_KEY_FILE", "f"}},
                   [](const std::string&) { return std::string("one\ntwo\n"); });

  EXPECT_EQ(config.gateway.token_key, "one\ntwo");
  EXPECT_TRUE(says(refusal([] { toml("[gateway]\ntoken_key = \"x\"\n"); }), "TOKEN_KEY_FILE"));
}

TEST(Settings, print_config_reads_back_as_what_it_was) {
  Config config;
  config.kafka.brokers = "a \"b\" \\ c";
  config.replay.rate = 500;
  config.replay.speed = 0.1;
  config.replay.seed = 99;
  const std::string text = config_toml(replay(), config);

  const Config back = toml(text);

  EXPECT_EQ(back.kafka.brokers, config.kafka.brokers);
  EXPECT_EQ(back.replay.rate, 500);
  EXPECT_EQ(back.replay.speed, 0.1);
  EXPECT_EQ(back.replay.seed, 99);
  EXPECT_FALSE(says(text, "[worker]"));
  EXPECT_FALSE(says(text, "password"));
}

TEST(Settings, print_config_hides_secrets) {
  Config config;
  config.redis.password = "canary";

  const std::string text = config_toml(replay(), config);

  EXPECT_TRUE(says(text, "password = \"(hidden)\""));
  EXPECT_FALSE(says(text, "canary"));
}

TEST(Settings, help_shows_every_setting_of_the_program_and_no_other) {
  const std::string text = help_text(replay(), "", false);

  for (const Setting& setting : settings_of(Config{})) {
    const bool shown = says(text, "--" + std::string(setting.name));
    if (setting.secret && (setting.section == "kafka" || setting.section == "redis")) {
      EXPECT_FALSE(shown) << setting.name;  // no flag, but a variable
      EXPECT_TRUE(says(text, setting.help)) << setting.name;
    } else if (setting.section == "kafka" || setting.name == "redis.address") {
      EXPECT_TRUE(shown && says(text, setting.help)) << setting.name;
    } else if (setting.section == "worker" || setting.section == "tail") {
      EXPECT_FALSE(shown) << setting.name;
    }
  }
  EXPECT_TRUE(says(text, "--events-max"));
  EXPECT_TRUE(says(text, "segue-replay --rate 500"));
  EXPECT_FALSE(says(text, "\x1b["));
  EXPECT_TRUE(says(help_text(replay(), "", true), "\x1b["));
}

TEST(Settings, help_of_a_command_shows_what_that_command_reads) {
  ProgramInfo info = admin();
  info.own_section = "admin";
  info.sections = {"kafka", "admin"};
  info.commands = {{"init", "Create topics.", {"wait_s"}}, {"lag", "Say how much waits."}};
  info.examples = {"segue-admin init --wait-s 9", "segue-admin lag"};

  const std::string init = help_text(info, "init", false);
  const std::string lag = help_text(info, "lag", false);

  EXPECT_TRUE(init.starts_with("segue-admin init: Create topics.\n")) << init;
  EXPECT_TRUE(says(init, "  segue-admin init [--config FILE]"));
  EXPECT_TRUE(says(init, "--wait-s") && says(init, "--kafka.brokers"));
  EXPECT_FALSE(says(init, "--replication") || says(init, "Commands") ||
               says(init, "Say how much waits"));
  EXPECT_TRUE(says(lag, "segue-admin lag") && !says(lag, "Settings: admin"));
}

TEST(Settings, a_flag_of_another_command_is_refused) {
  ProgramInfo info = admin();
  info.own_section = "admin";
  info.sections = {"kafka", "admin"};
  info.commands = {{"restore", "Give Redis the copy.", {"yes"}},
                   {"reshard", "Move the state.", {"dry_run"}},
                   {"lag", "Say how much waits."}};
  const auto refused = [&](const std::vector<std::string>& words) {
    try {
      read_arguments(info, words);
    } catch (const SettingsError& error) {
      return std::string(error.what());
    }
    return std::string();
  };

  EXPECT_EQ(refused({"reshard", "--dry-run", "--kafka.brokers", "k:1"}), "");
  EXPECT_EQ(refused({"restore", "--yes", "--dry-run"}), "restore does not use admin.dry_run");
  EXPECT_EQ(refused({"--yes", "lag"}), "lag does not use admin.yes");
  EXPECT_EQ(refused({"lag", "--yes", "--help"}), "");
}

TEST(Settings, the_table_has_a_row_for_each_setting) {
  const std::string table = settings_table();

  const auto rows = std::count(table.begin(), table.end(), '\n') - 2;
  EXPECT_EQ(static_cast<std::size_t>(rows), settings_of(Config{}).size());
  EXPECT_TRUE(says(table, "| `worker.batch_events_max` | `256` | 1 to 1024 | Records taken"));
}

TEST(Settings, a_command_is_required_where_there_are_some) {
  EXPECT_EQ(read_arguments(admin(), {"init", "--kafka.brokers", "x:1"}).command, "init");
  EXPECT_TRUE(says(refusal([] { read_arguments(admin(), {}); }), "init, check"));
  EXPECT_TRUE(says(refusal([] { read_arguments(admin(), {"int"}); }), "Unknown command \"int\""));
  EXPECT_EQ(read_arguments(admin(), {"--help"}).ask, Ask::help);
  EXPECT_EQ(read_arguments(admin(), {"--print-config"}).ask, Ask::print_config);
}

TEST(Settings, the_nearest_name_is_the_one_with_fewest_edits) {
  EXPECT_EQ(nearest("k.ls", {"kafka.brokers", "replay.rate", "model.k"}), "model.k");
  EXPECT_EQ(nearest("events_max", {"kafka.brokers", "replay.events_max"}), "replay.events_max");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Settings, what_is_like_no_name_is_sent_to_the_help) {
  const std::vector<std::string> known = {"kafka.brokers", "model.k"};

  EXPECT_EQ(near_miss("kafka.brokrs", known), "; the nearest is kafka.brokers");
  EXPECT_EQ(near_miss("k", known), "; the nearest is model.k");
  EXPECT_EQ(near_miss("--frobnicate-all", known), "; --help lists what there is");
  EXPECT_EQ(near_miss("x", {}), "; --help lists what there is");
}

TEST(Settings, the_first_of_two_words_asks_for_the_second) {
  ProgramInfo info = admin();
  info.commands = {{"init", ""}, {"generate watch", ""}, {"generate kubernetes", ""}};

  EXPECT_TRUE(says(refusal([&] { read_arguments(info, {"generate"}); }),
                   "\"generate\" wants another word: generate watch, generate kubernetes"));
}

}  // namespace
}  // namespace segue::io
