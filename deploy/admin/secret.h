#pragma once

namespace segue::admin {

// Prints a new secret to standard output: a JWK of kty "oct" with 32 random bytes. Returns the
// exit code.
int secret();

// The same around the key that is on standard input: a text on one line, whose characters are the
// key, as older builds took it. What is made with it stays as it was.
int wrap_secret();

}  // namespace segue::admin
