// Signs a token for each set of claims with one algorithm, as an issuer in Node does.
// Arguments: algorithm, secret (for HS256), sets of claims as JSON.
// Prints {tokens, strangers, encrypted, jwks, pem}: `strangers` are signed by another key with the same kid.
import * as jose from "jose";

const [algorithm, secret, claims] = process.argv.slice(1);
const kid = "node";

async function keys() {
  if (algorithm === "HS256") return { privateKey: new TextEncoder().encode(secret) };
  return jose.generateKeyPair(algorithm, { extractable: true });
}

function sign(key, { exp = "1h", ...payload }) {
  return new jose.SignJWT(payload)
    .setProtectedHeader({ alg: algorithm, typ: "JWT", kid })
    .setIssuedAt()
    .setExpirationTime(exp)
    .sign(key);
}

const own = await keys();
const other = algorithm === "HS256" ? { privateKey: crypto.getRandomValues(new Uint8Array(64)) } : await keys();
const sets = JSON.parse(claims);
const tokens = {
  tokens: await Promise.all(sets.map((each) => sign(own.privateKey, each))),
  strangers: await Promise.all(sets.map((each) => sign(other.privateKey, each))),
  encrypted: await new jose.EncryptJWT(sets[0])
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid })
    .setExpirationTime("1h")
    .encrypt(crypto.getRandomValues(new Uint8Array(32))),
};
if (own.publicKey) {
  const jwk = { ...(await jose.exportJWK(own.publicKey)), kid, alg: algorithm, use: "sig" };
  tokens.jwks = JSON.stringify({ keys: [jwk] });
  tokens.pem = await jose.exportSPKI(own.publicKey);
}
console.log(JSON.stringify(tokens));
