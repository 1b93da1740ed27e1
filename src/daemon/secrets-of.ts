// Every secret of a configuration, for the redactor.
import type { Config } from "../config/config.ts";

/** Headers that carry a credential although they are set by the operator as plain headers. */
const SECRET_HEADER = /auth|key|token|secret|cookie|password/i;

/** Keys, client tokens, the admin token, and header values that look like credentials by their name. */
export function secretsOf({ auth, providers }: Config): string[] {
  const headers = providers.flatMap(({ headers, keys }) => [headers, ...keys.map((key) => key.headers)]);
  return [
    ...auth.clientTokens.map(({ token }) => token),
    ...(auth.adminToken === undefined ? [] : [auth.adminToken]),
    ...providers.flatMap(({ keys }) => keys.map(({ secret }) => secret)),
    ...headers.flatMap((set) =>
      Object.entries(set).flatMap(([name, value]) => (SECRET_HEADER.test(name) ? [value] : [])),
    ),
  ].filter((secret) => secret !== "");
}
