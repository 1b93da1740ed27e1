// Changes the client tokens that were added by command, in the store and in effect.
import type { TokensPort } from "../admin/tokens-port.ts";
import { OPERATION_NAMES } from "../proxy/operation-names.ts";
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
  logger.info({ tokens: tokens.length }, "Client tokens changed");
}
