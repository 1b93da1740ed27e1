// Lists every secret of a configuration, so that none of them is ever shown.

import type { Config } from "./config.ts";
import { outboundSecrets } from "./outbound-proxy.ts";
import { proxiesOf } from "./proxies-of.ts";
import { webhookSecrets } from "./webhook-config.ts";

/** Headers that carry a credential, although they are written as plain ones. */
const SECRET_HEADER = /auth|key|token|secret|cookie|password/i;

/** RFC 7468, 2: all lines but the last have 64 characters; the last may be as short as a word, which is no secret. */
const MIN_PEM_LINE_CHARS = 16;

/**
 * Keys, client tokens, the admin token, the private key of the server, credentials of outbound proxies, URLs and secrets of
 * webhooks, and the values of headers whose names speak of a credential.
 */
export function secretsOf({ auth, providers, server, webhooks }: Config): readonly string[] {
  const keys = providers.flatMap((provider) => provider.keys);
  const headers = [...providers, ...keys, ...webhooks].flatMap((owner) => Object.entries(owner.headers));
  return [
    ...keys.map(({ secret }) => secret),
    ...auth.clientTokens.map(({ token }) => token),
    auth.adminToken ?? "",
    ...keyLines(server.tls?.key ?? ""),
    ...proxiesOf({ providers }).flatMap(outboundSecrets),
    ...webhooks.flatMap(webhookSecrets),
    ...headers.flatMap(([name, value]) => (SECRET_HEADER.test(name) ? value : [])),
  ].filter((text) => text !== "");
}

/** Nothing is masked across the end of a line, so each whole line of a private key is a secret of its own. */
function keyLines(pem: string): readonly string[] {
  return pem.split(/\r?\n/).filter((line) => line.length >= MIN_PEM_LINE_CHARS && !line.startsWith("-----"));
}
