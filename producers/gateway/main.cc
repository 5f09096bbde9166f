#include "core/io/program.h"
#include "producers/gateway/gateway.h"

int main(int argc, char** argv) {
  const segue::io::ProgramInfo info{
      .name = "segue-gateway",
      .summary = "Takes players' events into Kafka and brings them their lists, over HTTP.",
      .sections = {"kafka", "redis", "gateway", "metrics", "log"},
      .own_section = "gateway",
      .examples = {"segue-gateway --dev                     on a developer's machine",
                   "SEGUE_GATEWAY_TOKEN_KEY_FILE=jwt.pem SEGUE_GATEWAY_PSEUDONYM_KEY_FILE=key \\",
                   "segue-gateway --listen 0.0.0.0:8443 --tls-certificate c.pem --tls-key k.pem"},
      .commands = {}};
  return segue::io::run_program(info, argc, argv, segue::gateway::serve_players);
}
