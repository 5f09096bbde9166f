#include "core/io/settings/tls_files.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

#include "core/io/settings/settings.h"

namespace segue::io {
namespace {

constexpr std::size_t kPrefixBytesMax = 64;

[[noreturn]] void refuse(const std::string& why) { throw SettingsError(why); }

bool is_readable(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return file.peek() != std::ifstream::traits_type::eof();
}

void must_be_readable(const std::string& path, const std::string& setting) {
  if (path.empty() || is_readable(path)) return;
  refuse(setting + ": \"" + path + "\" cannot be read or is empty; check its path and permissions");
}

void must_not_have_expired(const std::string& path, const std::string& setting) {
  if (path.empty()) return;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(
      file ? PEM_read_X509(file.get(), nullptr, nullptr, nullptr) : nullptr, &X509_free);
  if (!certificate) refuse(setting + ": \"" + path + "\" holds no PEM certificate");
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) > 0) return;
  refuse(setting + ": \"" + path + "\" has expired; renew it");
}

}  // namespace

void check_prefix(const std::string& setting, const std::string& prefix) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (prefix.size() <= kPrefixBytesMax && std::ranges::all_of(prefix, is_good)) return;
  refuse(setting + " must be at most " + std::to_string(kPrefixBytesMax) +
         " letters, digits, dots, dashes and underscores");
}

void check_tls_files(const TlsFiles& files) {
  const std::string prefix = files.section + ".tls";
  const bool any = !files.ca.empty() || !files.certificate.empty() || !files.key.empty() ||
                   !files.key_password.empty();
  if (any && !files.tls) refuse(prefix + " is false, but files for it are given; set it to true");
  if (files.certificate.empty() != files.key.empty()) {
    refuse("give " + prefix + "_certificate and " + prefix + "_key, or neither");
  }
  must_be_readable(files.ca, prefix + "_ca");
  must_be_readable(files.certificate, prefix + "_certificate");
  must_be_readable(files.key, prefix + "_key");
  must_not_have_expired(files.certificate, prefix + "_certificate");
}

}  // namespace segue::io
