// Makes the tokens of clients and the administrator of what was written about them.

import { maskSecret } from "../core/redaction.ts";
import { canonicalHost } from "./canonical-host.ts";
import type { ClientToken, TokenRules } from "./client-token.ts";
import type { AuthConfig } from "./config.ts";
import { count } from "./describe-value.ts";
import type { FieldPath } from "./field-path.ts";
import type { LoadContext } from "./load-context.ts";
import { isLoopbackHost } from "./loopback.ts";
import { milliseconds } from "./normalise-timeouts.ts";
import { normaliseTokenRules, type TokenScene } from "./normalise-token-rules.ts";
import { resolveSecret, resolveSecrets } from "./resolve-secret.ts";
import type { RawConfig } from "./schema.ts";

/** A token that others can reach must not be guessable. */
const SHORT_TOKEN = 16;

/** Reports tokens that mean two things, and a daemon that would let everybody in. */
export function normaliseAuth(raw: RawConfig, scene: TokenScene, context: LoadContext): AuthConfig {
  const clientTokens = readClientTokens(raw.auth.client_tokens, scene, context);
  const adminPath = ["auth", "admin_token"];
  const given = raw.auth.admin_token;
  // An empty one is no token, and no reason to go on without: whoever sends nothing would match it.
  const adminToken = given === undefined ? undefined : resolveSecret(given, adminPath, context);
  if (clientTokens.some(({ token }) => token === adminToken)) {
    context.list.error(adminPath, "is also a client token, expected a secret of its own");
  }
  checkExposure(raw.server.host, clientTokens, context);
  checkProxies(raw.server.trusted_proxies, clientTokens, context);
  if (
    raw.auth.allow_query_key &&
    clientTokens.length === 0 &&
    context.stored.hasTokens !== true &&
    !context.list.touchesBroken(["auth"])
  ) {
    context.list.error(["auth", "allow_query_key"], "has no effect: there is no client token");
  }
  checkAdminToken(raw.server.host, adminToken, context);
  return {
    clientTokens,
    adminToken,
    allowQueryKey: raw.auth.allow_query_key,
    sessionTtlMs: milliseconds(raw.auth.session_ttl),
    sessionMaxMs: milliseconds(raw.auth.session_max),
    adminHosts: readAdminHosts(raw, context),
  };
}

interface FoundToken {
  readonly name: string | undefined;
  readonly token: string;
  readonly rules: TokenRules | undefined;
  readonly path: FieldPath;
}

function readClientTokens(
  entries: RawConfig["auth"]["client_tokens"],
  scene: TokenScene,
  context: LoadContext,
): readonly ClientToken[] {
  const found = entries.flatMap((entry, index): FoundToken[] => {
    const path = ["auth", "client_tokens", index];
    const isMap = typeof entry === "object" && "token" in entry;
    const secrets = resolveSecrets(isMap ? entry.token : entry, isMap ? [...path, "token"] : path, context) ?? [];
    const name = isMap ? entry.name : undefined;
    const rules = isMap ? normaliseTokenRules(entry, path, scene, context) : undefined;
    return secrets.map((token, position) => ({
      token,
      name: name && position > 0 ? `${name}-${position + 1}` : name,
      rules,
      path,
    }));
  });
  const kept = found.filter((token, index) => found.findIndex((other) => other.token === token.token) === index);
  if (kept.length < found.length) {
    const message = `${count(found.length - kept.length, "token")} stand here more than once, one of each is kept`;
    context.list.warning(["auth", "client_tokens"], message);
  }
  return withNames(kept, context);
}

function withNames(tokens: readonly FoundToken[], context: LoadContext): readonly ClientToken[] {
  const taken = new Set<string>();
  for (const { name, path } of tokens) {
    if (name === undefined) continue;
    if (taken.has(name)) context.list.error([...path, "name"], "is already the name of another client token");
    taken.add(name);
  }
  return tokens.map(({ name, token, rules, path }, index) => {
    const source = context.originOf(path);
    if (name !== undefined) return { name, token, rules, source };
    const masked = maskSecret(token);
    const free = taken.has(masked) ? `${masked} #${index + 1}` : masked;
    taken.add(free);
    return { name: free, token, rules, source };
  });
}

/** Whoever reaches the port spends the keys: only this machine may without a token. */
function checkExposure(host: string, tokens: readonly ClientToken[], { list, stored }: LoadContext): void {
  if (list.touchesBroken(["auth", "client_tokens"]) || list.touchesBroken(["server", "host"])) return;
  const isLocal = isLoopbackHost(host);
  if (tokens.length === 0 && stored.hasTokens === true) return;
  if (tokens.length === 0 && isLocal) {
    list.warning(["auth", "client_tokens"], "there is no client token: every program on this machine may use the keys");
  } else if (tokens.length === 0) {
    const message =
      "other machines could use the keys without a client token: set auth.client_tokens (openai-balance init writes a config that has one), or make one with openai-balance tokens add";
    list.error(["server", "host"], message);
  } else if (!isLocal && tokens.some(({ token }) => token.length < SHORT_TOKEN)) {
    list.warning(
      ["auth", "client_tokens"],
      `a token of fewer than ${SHORT_TOKEN} characters can be guessed by whoever reaches the port`,
    );
  }
}

/** Guesses are slowed down for each address, of which an attacker may have many. */
function checkAdminToken(host: string, token: string | undefined, { list }: LoadContext): void {
  if (token === undefined || token.length >= SHORT_TOKEN || isLoopbackHost(host)) return;
  list.warning(
    ["auth", "admin_token"],
    `a token of fewer than ${SHORT_TOKEN} characters can be guessed by whoever reaches the port`,
  );
}

/** Names that count anyway are no further ones. */
function readAdminHosts(raw: RawConfig, { list }: LoadContext): readonly string[] {
  const own = canonicalHost(raw.server.host);
  const names = raw.auth.admin_hosts.map(canonicalHost);
  for (const [index, name] of names.entries()) {
    const path = ["auth", "admin_hosts", index];
    if (isLoopbackHost(name)) list.error(path, "has no effect: loopback names always count");
    else if (name === own && !list.touchesBroken(["server", "host"]))
      list.error(path, "has no effect: server.host always counts");
    else if (names.indexOf(name) < index) list.error(path, "has no effect: the name stands there already");
  }
  return names;
}

/** What a reverse proxy forwards comes from elsewhere, although its connection comes from this machine. */
function checkProxies(proxies: readonly string[], tokens: readonly ClientToken[], { list, stored }: LoadContext): void {
  if (proxies.length === 0 || tokens.length > 0 || stored.hasTokens === true) return;
  if (list.touchesBroken(["auth", "client_tokens"])) return;
  list.error(
    ["server", "trusted_proxies"],
    "whoever reaches the proxy could use the keys without a client token: set auth.client_tokens",
  );
}
