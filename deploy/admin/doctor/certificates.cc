#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <string>

#include "deploy/admin/doctor/findings.h"

namespace segue::admin {
namespace {

// Time enough to have another signed, and to restart what reads it only once.
constexpr int kDaysMin = 30;

struct Free {
  void operator()(std::FILE* file) const { std::fclose(file); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

// Days until the first of the file's certificates ends.
struct Term {
  bool found = false;
  int days = 0;
  bool ended = false;
};

Term term_of(const std::string& path) {
  const std::unique_ptr<std::FILE, Free> file(std::fopen(path.c_str(), "re"));
  Term term;
  while (file) {
    const std::unique_ptr<X509, Free> one(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    int days = 0;
    int seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(one.get())) != 1) continue;
    if (term.found && term.days <= days) continue;
    term = {.found = true, .days = days, .ended = days < 0 || seconds < 0};
  }
  return term;
}

void check_file(const std::string& path, std::string_view setting, Findings& findings) {
  const std::string check = "certificate " + path;
  const Term term = term_of(path);
  if (!term.found) {
    findings.say(State::failed, check, "It cannot be read as a PEM certificate.",
                 "Correct " + std::string(setting) + ".");
  } else if (term.ended) {
    findings.say(State::failed, check, "It has ended.", "Put a new one in its place.");
  } else {
    const bool long_enough = term.days >= kDaysMin;
    findings.say(long_enough ? State::ok : State::warning, check,
                 "It ends in " + std::to_string(term.days) + " days.",
                 long_enough ? "" : "Have a new one signed.");
  }
}

}  // namespace

void check_certificates(const Config& config, Findings& findings) {
  if (!config.kafka.tls_ca.empty()) check_file(config.kafka.tls_ca, "kafka.tls_ca", findings);
  if (!config.kafka.tls_certificate.empty()) {
    check_file(config.kafka.tls_certificate, "kafka.tls_certificate", findings);
  }
  if (!config.redis.tls_ca.empty()) check_file(config.redis.tls_ca, "redis.tls_ca", findings);
  if (!config.redis.tls_certificate.empty()) {
    check_file(config.redis.tls_certificate, "redis.tls_certificate", findings);
  }
  const std::string& served = config.gateway.tls_certificate;
  if (!served.empty()) check_file(served, "gateway.tls_certificate", findings);
}

}  // namespace segue::admin
