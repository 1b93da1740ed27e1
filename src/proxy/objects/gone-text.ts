// Says whose an object was that nobody is left to serve, and what can be done.
import { maskSecret } from "../../core/redaction.ts";
import type { Provider } from "../../upstream/provider.ts";
import type { Owner } from "./object-owners.ts";

/** The detail of `object_owner_gone`. A key is told by its id, and by its name where the operator gave it one. */
export function goneText(id: string, { provider, keyId }: Owner, providers: ReadonlyMap<string, Provider>): string {
  const key = providers.get(provider)?.config.keys.find((known) => known.id === keyId);
  const name = key === undefined || key.name === maskSecret(key.secret) ? "" : `${key.name}, `;
  const object = id.startsWith("encrypted:") ? "this encrypted reasoning" : id;
  const why = key === undefined ? whyAbsent(providers.has(provider)) : "is disabled: enable it";
  return `${object} was made by key ${name}id ${keyId}, of ${provider}, which ${why}, or make the object anew`;
}

function whyAbsent(hasProvider: boolean): string {
  return hasProvider
    ? "is no longer configured: add it again"
    : "is no longer configured, or its provider is not enabled: bring it back";
}
