#pragma once

#include <string>

namespace segue::io {

// How a program proves who it is and checks who answers: settings that Kafka and Redis each have.
struct TlsFiles {
  std::string section;  // "kafka", as messages name it
  bool tls = false;
  std::string ca;            // PEM file; empty: the system's
  std::string certificate;   // PEM file; empty: none
  std::string key;           // PEM file
  std::string key_password;  // secret
};

// Throws SettingsError, in one line without a secret, for settings that contradict each other, a
// file that cannot be read, or an own certificate that has expired.
void check_tls_files(const TlsFiles& files);

// Throws SettingsError for a prefix that topics and keys cannot have.
void check_prefix(const std::string& setting, const std::string& prefix);

}  // namespace segue::io
