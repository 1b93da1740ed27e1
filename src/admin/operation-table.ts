// All control operations: the one table from which socket, HTTP API, client and reference are made.
import type { z } from "zod";
import type { CallOperation, StreamOperation } from "./operation.ts";
import { chat } from "./operations/chat.ts";
import { configCheck, configSave, configText, configValues } from "./operations/config-text.ts";
import { reload, status, stop } from "./operations/daemon.ts";
import { daemonLog } from "./operations/daemon-log.ts";
import { explain } from "./operations/explain.ts";
import { health } from "./operations/health.ts";
import { jobsList, jobsRun, jobsStart, jobsStop } from "./operations/jobs.ts";
import { keysAdd, keysTry } from "./operations/keys-add.ts";
import { keysDisable, keysEnable, keysRemove, keysReset } from "./operations/keys-change.ts";
import { keysExport } from "./operations/keys-export.ts";
import { keysList } from "./operations/keys-list.ts";
import { keysSet } from "./operations/keys-set.ts";
import { live } from "./operations/live.ts";
import { logsCount, logsDelete, logsExport, logsFollow, logsGet, logsList } from "./operations/logs.ts";
import { logsValues } from "./operations/logs-values.ts";
import { models } from "./operations/models.ts";
import { overview } from "./operations/overview.ts";
import { providers } from "./operations/providers.ts";
import { providersReset } from "./operations/providers-reset.ts";
import { proxiesDisable, proxiesEnable, proxiesList, proxiesPrune, proxiesTest } from "./operations/proxies.ts";
import { open, sessionsList, sessionsRevoke } from "./operations/sessions.ts";
import { configSet, masterRotate } from "./operations/settings.ts";
import { stats, statsAttention } from "./operations/stats.ts";
import { test } from "./operations/test.ts";
import { tokensAdd, tokensList, tokensRevoke, tokensRotate } from "./operations/tokens.ts";
import { webhooksList, webhooksTest } from "./operations/webhooks.ts";

const CALLS = {
  [status.name]: status,
  [health.name]: health,
  [overview.name]: overview,
  [providers.name]: providers,
  [models.name]: models,
  [explain.name]: explain,
  [keysList.name]: keysList,
  [keysAdd.name]: keysAdd,
  [keysSet.name]: keysSet,
  [keysRemove.name]: keysRemove,
  [keysEnable.name]: keysEnable,
  [keysDisable.name]: keysDisable,
  [keysReset.name]: keysReset,
  [keysExport.name]: keysExport,
  [tokensList.name]: tokensList,
  [tokensAdd.name]: tokensAdd,
  [tokensRevoke.name]: tokensRevoke,
  [tokensRotate.name]: tokensRotate,
  [sessionsList.name]: sessionsList,
  [sessionsRevoke.name]: sessionsRevoke,
  [open.name]: open,
  [providersReset.name]: providersReset,
  [proxiesList.name]: proxiesList,
  [proxiesEnable.name]: proxiesEnable,
  [proxiesDisable.name]: proxiesDisable,
  [proxiesPrune.name]: proxiesPrune,
  [webhooksList.name]: webhooksList,
  [webhooksTest.name]: webhooksTest,
  [logsList.name]: logsList,
  [logsGet.name]: logsGet,
  [logsCount.name]: logsCount,
  [logsValues.name]: logsValues,
  [logsDelete.name]: logsDelete,
  [stats.name]: stats,
  [statsAttention.name]: statsAttention,
  [jobsList.name]: jobsList,
  [jobsRun.name]: jobsRun,
  [jobsStart.name]: jobsStart,
  [jobsStop.name]: jobsStop,
  [reload.name]: reload,
  [configSet.name]: configSet,
  [configText.name]: configText,
  [configCheck.name]: configCheck,
  [configSave.name]: configSave,
  [configValues.name]: configValues,
  [masterRotate.name]: masterRotate,
  [stop.name]: stop,
} as const;

const STREAMS = {
  [chat.name]: chat,
  [test.name]: test,
  [keysTry.name]: keysTry,
  [proxiesTest.name]: proxiesTest,
  [logsFollow.name]: logsFollow,
  [logsExport.name]: logsExport,
  [daemonLog.name]: daemonLog,
  [live.name]: live,
} as const;

export type CallName = keyof typeof CALLS;
export type StreamName = keyof typeof STREAMS;
export type OperationName = CallName | StreamName;

type Row<Name extends OperationName> = Name extends CallName
  ? (typeof CALLS)[Name]
  : Name extends StreamName
    ? (typeof STREAMS)[Name]
    : never;

/** What a caller gives; fields with a default may be left out. */
export type InputOf<Name extends OperationName> = z.input<Row<Name>["input"]>;

/** What it gets; of a stream, one item. */
export type OutputOf<Name extends OperationName> = z.output<Row<Name>["output"]>;

export type AnyOperation = CallOperation | StreamOperation;

/** In the order of the reference. */
export const OPERATIONS: ReadonlyMap<string, AnyOperation> = new Map(
  Object.values<unknown>({ ...CALLS, ...STREAMS }).map((row) => {
    const operation = row as AnyOperation;
    return [operation.name, operation];
  }),
);
