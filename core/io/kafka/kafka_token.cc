#include "core/io/kafka/kafka_token.h"

#include <openssl/evp.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <future>
#include <stdexcept>

#include "core/io/clock.h"
#include "core/io/https_address.h"
#include "core/io/settings/settings.h"

namespace segue::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Request = http::request<http::string_body>;
using Parser = http::response_parser<http::string_body>;

constexpr std::chrono::seconds kWithin{10};
constexpr std::size_t kAnswerBytesMax = 64 * 1024;
// RFC 6749 lets the answer leave out how long a token lasts.
constexpr std::int64_t kLastsUnlessSaidS = 300;
constexpr std::int64_t kLastsMaxS = 86'400;
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

// A name that begins with 127. is a name.
bool is_loopback(const std::string& host) {
  boost::system::error_code none;
  const asio::ip::address address = asio::ip::make_address(host, none);
  return host == "localhost" || (!none && address.is_loopback());
}

bool is_plain(const std::string& url) { return url.starts_with(kHttp); }

HttpsAddress address_of(const std::string& url) {
  if (!is_plain(url)) return https_address(url);
  HttpsAddress address = https_address(std::string(kHttps) + url.substr(kHttp.size()));
  if (address.written.find(':') == std::string::npos) address.port = "80";
  if (!is_loopback(address.host)) {
    throw std::invalid_argument("it is not https://, and not on this machine");
  }
  return address;
}

// As application/x-www-form-urlencoded has it.
std::string encoded(std::string_view text) {
  constexpr std::string_view kAsIs =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (kAsIs.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 0xFU];
    }
  }
  return out;
}

std::string base64(const std::string& text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');  // and the zero that OpenSSL writes
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Request request_for(const KafkaConfig& config, const HttpsAddress& address) {
  Request request{http::verb::post, address.target, 11};
  request.set(http::field::host, address.written);
  request.set(http::field::user_agent, "segue");
  request.set(http::field::accept, "application/json");
  request.set(http::field::content_type, "application/x-www-form-urlencoded");
  request.set(http::field::authorization,
              "Basic " + base64(encoded(config.sasl_user) + ":" + encoded(config.sasl_password)));
  request.keep_alive(false);
  request.body() = "grant_type=client_credentials";
  if (!config.sasl_scope.empty()) request.body() += "&scope=" + encoded(config.sasl_scope);
  request.prepare_payload();
  return request;
}

template <class Stream>
asio::awaitable<void> exchange(Stream& stream, const Request& request, Parser& parser) {
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
}

asio::awaitable<void> connect(beast::tcp_stream& stream, const HttpsAddress& address) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto found =
      co_await resolver.async_resolve(address.host, address.port, asio::use_awaitable);
  stream.expires_after(kWithin);
  co_await stream.async_connect(found, asio::use_awaitable);
}

asio::awaitable<void> ask(const KafkaConfig& config, const HttpsAddress& address, Parser& parser) {
  const Request request = request_for(config, address);
  const auto executor = co_await asio::this_coro::executor;
  if (is_plain(config.sasl_token_url)) {
    beast::tcp_stream stream(executor);
    co_await connect(stream, address);
    co_await exchange(stream, request, parser);
    co_return;
  }
  asio::ssl::context tls(asio::ssl::context::tls_client);
  if (config.sasl_token_ca.empty()) {
    tls.set_default_verify_paths();
  } else {
    tls.load_verify_file(config.sasl_token_ca);
  }
  beast::ssl_stream<beast::tcp_stream> stream(executor, tls);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(address.host));
  co_await connect(beast::get_lowest_layer(stream), address);
  beast::error_code is_name;
  asio::ip::make_address(address.host, is_name);
  if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), address.host.c_str());
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  co_await exchange(stream, request, parser);
}

// Never the answer's text: it may hold a token.
KafkaToken token_in(const std::string& body) {
  simdjson::dom::parser json;
  simdjson::dom::object answer;
  std::string_view value;
  KafkaToken token{.value = {}, .lasts_s = kLastsUnlessSaidS};
  if (json.parse(body).get(answer) != simdjson::SUCCESS ||
      answer["access_token"].get(value) != simdjson::SUCCESS || value.empty()) {
    throw std::runtime_error("the answer holds no access_token");
  }
  token.value = value;
  std::int64_t lasts_s = 0;
  if (answer["expires_in"].get(lasts_s) == simdjson::SUCCESS) token.lasts_s = lasts_s;
  token.lasts_s = std::clamp<std::int64_t>(token.lasts_s, 1, kLastsMaxS);
  return token;
}

// librdkafka's wish for a token, on its own thread.
void on_refresh(rd_kafka_t* client, const char*, void* opaque) {
  const KafkaConfig* const config = static_cast<KafkaTrouble*>(opaque)->login();
  std::string failure;
  try {
    const KafkaToken token = fetch_token(*config);
    const std::int64_t now_ms = wall_clock() / kMillisecond;
    std::array<char, 512> text{};
    if (rd_kafka_oauthbearer_set_token(client, token.value.c_str(), now_ms + token.lasts_s * 1'000,
                                       config->sasl_user.c_str(), nullptr, 0, text.data(),
                                       text.size()) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return;
    }
    failure = text.data();
  } catch (const std::exception& wrong) {
    failure = wrong.what();
  }
  rd_kafka_oauthbearer_set_token_failure(
      client, (std::string(kTokenFailure) + "=" + config->sasl_token_url + ": " + failure).c_str());
}

}  // namespace

KafkaToken fetch_token(const KafkaConfig& config) {
  const HttpsAddress address = address_of(config.sasl_token_url);
  asio::io_context context;
  Parser parser;
  parser.body_limit(kAnswerBytesMax);
  auto done = asio::co_spawn(context, ask(config, address, parser), asio::use_future);
  context.run_for(2 * kWithin);
  if (done.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
    throw std::runtime_error("no answer in time");
  }
  done.get();
  if (parser.get().result_int() != 200) {
    throw std::runtime_error("the answer is " + std::to_string(parser.get().result_int()) +
                             ", not 200");
  }
  return token_in(parser.get().body());
}

void check_token_settings(const KafkaConfig& config) {
  if (!config.tls) {
    throw SettingsError("kafka.sasl_mechanism OAUTHBEARER sends the token as it is: set kafka.tls");
  }
  if (config.sasl_token_url.empty()) {
    throw SettingsError("kafka.sasl_mechanism is OAUTHBEARER, but no kafka.sasl_token_url given");
  }
  try {
    address_of(config.sasl_token_url);
  } catch (const std::invalid_argument& wrong) {
    throw SettingsError("kafka.sasl_token_url: " + std::string(wrong.what()));
  }
  if (config.sasl_token_ca.empty()) return;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  boost::system::error_code wrong;
  tls.load_verify_file(config.sasl_token_ca, wrong);
  if (wrong) {
    throw SettingsError("kafka.sasl_token_ca: cannot read certificates in PEM from \"" +
                        config.sasl_token_ca + "\"");
  }
}

void bring_tokens(rd_kafka_conf_t* conf, const KafkaConfig& config, KafkaTrouble& trouble) {
  trouble.log_in_with(config);
  rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, on_refresh);
  rd_kafka_conf_enable_sasl_queue(conf, 1);
}

void serve_tokens(rd_kafka_t* client) {
  const auto* const trouble = static_cast<const KafkaTrouble*>(rd_kafka_opaque(client));
  if (trouble == nullptr || trouble->login() == nullptr) return;
  const KafkaError error(rd_kafka_sasl_background_callbacks_enable(client));
  if (error) {
    throw std::runtime_error(std::string("Kafka client: ") + rd_kafka_error_string(error.get()));
  }
}

}  // namespace segue::io
