// What ids of stored objects look like, and for how long it is worth knowing which key made them, as data.

export interface ObjectKind {
  /** What its ids begin with. */
  readonly prefix: string;
  /** How long after it was last named in an answer. */
  readonly keptMs: number;
  /**
   * A request that names one is for the account that has it, also where nobody knows which that is. Not so for what is
   * in the request itself as well, such as the items of a conversation that nobody stores.
   */
  readonly needsAccount: boolean;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** For what stays until it is deleted. */
const YEAR = 365 * DAY;

/**
 * Sources: the types of the official SDK and platform.openai.com/docs/api-reference for the prefixes;
 * /docs/guides/conversation-state (responses and their items: 30 days), /docs/api-reference/uploads (uploads: one hour),
 * /docs/guides/tools-code-interpreter (containers: 20 minutes idle), /docs/guides/realtime (calls: an hour),
 * /docs/guides/your-data (stored completions: 30 days); docs.anthropic.com: message batches (29 days), files (until
 * deleted), code execution (containers: 30 days); ai.google.dev/gemini-api/docs: files (48 hours), batches (48 hours, kept
 * for weeks), caching (an hour unless stated), interactions (55 days).
 */
export const OBJECT_KINDS: readonly ObjectKind[] = [
  kind("resp_", 30 * DAY),
  ...["msg_", "rs_", "fc_", "ws_", "fs_", "ci_", "ig_", "cu_", "mcp_", "mcpl_", "mcpr_", "ctc_", "lsh_", "cmp_"].map(
    (prefix) => kind(prefix, 30 * DAY, false),
  ),
  // The fingerprint of encrypted reasoning.
  kind("encrypted:", 30 * DAY),
  kind("chatcmpl-", 30 * DAY),
  // Speech in an answer, of which a stream tells nothing here.
  kind("audio_", HOUR, false),
  // Made by hand on the pages of the provider.
  kind("pmpt_", YEAR),
  kind("conv_", YEAR),
  kind("file-", YEAR),
  kind("file_", YEAR),
  // Azure's files of assistants.
  kind("assistant-", YEAR),
  kind("upload_", HOUR),
  kind("part_", HOUR),
  kind("batch_", YEAR),
  kind("vs_", YEAR),
  kind("vsfb_", YEAR),
  kind("asst_", YEAR),
  kind("thread_", YEAR),
  kind("run_", YEAR),
  kind("step_", YEAR),
  kind("ftjob-", YEAR),
  kind("ftckpt_", YEAR),
  kind("video_", 30 * DAY),
  kind("cntr_", DAY),
  kind("cfile_", DAY),
  kind("eval_", YEAR),
  kind("evalrun_", YEAR),
  kind("rtc_", DAY),
  kind("voice_", YEAR),
  kind("cons_", YEAR),
  kind("msgbatch_", 30 * DAY),
  kind("container_", 30 * DAY),
  kind("v1_", 55 * DAY),
  kind("files/", 3 * DAY),
  kind("batches/", 60 * DAY),
  kind("cachedContents/", 30 * DAY),
];

const BY_START: ReadonlyMap<string, readonly ObjectKind[]> = Map.groupBy(OBJECT_KINDS, ({ prefix }) =>
  prefix.slice(0, 2),
);
/** Longer than any id, with room for names of paths such as Gemini's. */
const MAX_ID_LENGTH = 300;
const ID = /^[\w.:/~=+@-]{4,}$/;

/** The kind of an id; undefined for one of no known form. */
export function kindOf(id: string): ObjectKind | undefined {
  return BY_START.get(id.slice(0, 2))?.find(({ prefix }) => id.length > prefix.length && id.startsWith(prefix));
}

/** For how long an id is worth knowing, in milliseconds. */
export function keptMsOf(id: string): number {
  return kindOf(id)?.keptMs ?? YEAR;
}

/** Whether a text may be the id of an object at all. */
export function isObjectId(text: string): boolean {
  return text.length <= MAX_ID_LENGTH && ID.test(text);
}

function kind(prefix: string, keptMs: number, needsAccount = true): ObjectKind {
  return { prefix, keptMs, needsAccount };
}
