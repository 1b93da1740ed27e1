// Lists every secret of a configuration, so that none of them is ever shown.

import type { Config } from "./config.ts";

/** Headers that carry a credential, although they are written as plain ones. */
const SECRET_HEADER = /auth|key|token|secret|cookie|password/i;

/** Keys, client tokens, the admin token, and the values of headers whose names speak of a credential. */
export function secretsOf({ auth, providers }: Config): readonly string[] {
  const keys = providers.flatMap((provider) => provider.keys);
  const headers = [...providers, ...keys].flatMap((owner) => Object.entries(owner.headers));
  return [
    ...keys.map(({ secret }) => secret),
    ...auth.clientTokens.map(({ token }) => token),
    auth.adminToken ?? "",
    ...headers.flatMap(([name, value]) => (SECRET_HEADER.test(name) ? value : [])),
  ].filter((text) => text !== "");
}
