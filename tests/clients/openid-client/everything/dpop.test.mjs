// The same at a provider that asks for nonces (RFC 9449 §8): openid-client is told once, repeats its request and goes on.
import "../dpop.test.mjs";
