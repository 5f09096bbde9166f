#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config.h"

// How Segue and its brokers prove to each other who they are, and what else of librdkafka an
// operator may set. For core/io/kafka; programs only check their settings.
namespace segue::io {

// kafka.properties taken apart: NAME=VALUE, separated by semicolons; spaces around names and values
// are left out. Throws SettingsError for what is no such list, and for a name that is a secret, is
// a setting of Segue's, or is what Segue sets for its protocol. Whether librdkafka knows the name
// and takes the value, `check_kafka_settings` says.
std::vector<std::pair<std::string, std::string>> kafka_properties(const std::string& text);

// Sets TLS, the user who logs in and kafka.properties. Throws std::runtime_error for what
// librdkafka refuses. Requires: check_kafka_settings did not throw.
void secure(rd_kafka_conf_t* conf, const KafkaConfig& config);

// Throws SettingsError, in one line without a secret, for settings of Kafka that contradict each
// other, for a file that cannot be read or a certificate that has expired, and for what librdkafka
// refuses. Opens no connection.
void check_kafka_settings(const KafkaConfig& config);

// The remedy for an error of Kafka's that is about TLS, passwords, rights or the name
// of a group's member; "" for any other. `detail` is the text that came with it.
std::string_view remedy_of(rd_kafka_resp_err_t error, std::string_view detail);

}  // namespace segue::io
