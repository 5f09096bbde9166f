#include "core/io/program.h"
#include "producers/gateway/gateway.h"

int main(int argc, char** argv) {
  return segue::io::run_program(
      segue::gateway::gateway_info("segue-gateway"), argc, argv,
      [](segue::io::Program& program) { return segue::gateway::serve_players(program); });
}
