// Changes the client tokens that were added by command, in the store and in effect.
import type { TokensPort } from "../admin/tokens-port.ts";
import { OPERATION_NAMES } from "../proxy/paths/operation-names.ts";
import type { StoredToken } from "../tokens/stored-token.ts";
import type { TokenEdit } from "../tokens/token-store.ts";
import type { Instance } from "./instance.ts";

/** What the operations on client tokens act on. */
export function tokensPort(instance: Instance): TokensPort {
  const { tokenStore } = instance.options.data;
  return {
    known: () => instance.tokens.all,
    stored: () => tokenStore.tokens,
    get fault() {
      return tokenStore.fault;
    },
    operations: OPERATION_NAMES,
    isOpenToAll: () => instance.tokens.isEmpty,
    change: (edit, secrets) => changeTokens(instance, edit, secrets),
  };
}

async function changeTokens(instance: Instance, edit: TokenEdit, secrets: readonly string[]): Promise<void> {
  const { data, redactor, logger } = instance.options;
  const { tokenStore } = data;
  // Before anything can speak of them.
  redactor.addSecrets(secrets);
  const before = tokenStore.tokens;
  await tokenStore.change(edit);
  const { tokens } = tokenStore;
  if (tokens === before) return;
  instance.tokens.useStored(tokens, tokenStore);
  const kept = new Set(tokens.map(({ id }) => id));
  for (const { id } of before) if (!kept.has(id)) instance.tokens.forget(id);
  instance.state.look();
  instance.observers.live.noteChanged("tokens");
  logger.info({ tokens: tokens.length, ...differenceOf(before, tokens) }, "Client tokens changed");
}

/** By their names, which are no secrets. */
function differenceOf(before: readonly StoredToken[], after: readonly StoredToken[]): Record<string, string[]> {
  const old = new Map(before.map((token) => [token.id, token]));
  const kept = new Set(after.map(({ id }) => id));
  const groups = {
    added: after.filter(({ id }) => !old.has(id)),
    changed: after.filter((token) => old.has(token.id) && old.get(token.id) !== token),
    revoked: before.filter(({ id }) => !kept.has(id)),
  };
  const named = Object.entries(groups).map(([what, tokens]) => [what, tokens.map(({ name }) => name)] as const);
  return Object.fromEntries(named.filter(([, names]) => names.length > 0));
}
