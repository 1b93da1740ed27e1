// Lists what must never be shown.

import type { Config } from "./config.ts";

/** Values of headers that look like credentials: 16 characters or more without a space, letters and digits. */
const CREDENTIAL_LIKE = /^(?=.*[A-Za-z])(?=.*\d)\S{16,}$/;

/** All keys and tokens of a configuration, and values of its headers that could be credentials; for a Redactor. */
export function secretsOf({ auth, providers }: Config): readonly string[] {
  const keys = providers.flatMap((provider) => provider.keys);
  const headers = [...providers, ...keys].flatMap((owner) => Object.values(owner.headers));
  return [
    ...keys.map(({ secret }) => secret),
    ...auth.clientTokens.map(({ token }) => token),
    ...(auth.adminToken === undefined ? [] : [auth.adminToken]),
    ...headers.filter((value) => CREDENTIAL_LIKE.test(value)),
  ].filter((secret) => secret !== "");
}
