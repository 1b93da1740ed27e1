// No secret stands in any column, whatever field it came in and however it is spelled.
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Redactor } from "../../../src/core/redaction.ts";
import { RecordKeeper } from "../../../src/daemon/records/record-keeper.ts";
import { schedule } from "../../../src/daemon/schedule.ts";
import type { Trace } from "../../../src/proxy/trace.ts";
import { DatabaseThread } from "../../../src/storage/database-thread.ts";
import { loadValid } from "../../config/load.ts";
import { type ScratchFolder, scratchFolder } from "../../core/scratch-folder.ts";
import { failedTrace, rotatedTrace, servedTrace } from "./trace-fixtures.ts";

/** Known ones without any shape, one with characters that every spelling changes, and ones that are known by their shape only. */
const KNOWN = [
  "fake-secret-plain-key-0123456789",
  'fake secret/with+odd"chars\\and\nline=é!',
  "client-token-fake-ABCDEFGHIJ",
];
const SHAPED = [
  "sk-fakeUnknown0123456789abcdefgh",
  "AIzaFakeUnknown0123456789abcdefghijk",
  "gsk_fakeUnknown0123456789abcd",
];

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const SPELLINGS: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => encodeURIComponent(secret),
  json,
  (secret) => Buffer.from(`user:${secret}:and more`).toString("base64"),
  (secret) => `Bearer ${secret}`,
  (secret) => `https://user:${encodeURIComponent(secret)}@host.example/`,
];
/** What stands around it: it may be long, so that it is cut at any place. */
const AROUND = [
  "",
  "x",
  " ",
  '"',
  "\n",
  "model-",
  "é".repeat(40),
  "word ".repeat(45),
  `${"word ".repeat(815)}`,
  "y".repeat(200),
];
const TEXT_FIELDS = [
  "id",
  "traceId",
  "client",
  "method",
  "route",
  "operation",
  "model",
  "upstreamModel",
  "provider",
  "keyId",
  "keyName",
  "errorCode",
  "repaired",
] as const;
const ATTEMPT_FIELDS = ["provider", "keyId", "keyName", "model", "proxy", "reason", "message", "text"] as const;

interface Hidden {
  readonly secret: string;
  readonly text: string;
}

const hidden: fc.Arbitrary<Hidden> = fc
  .tuple(
    fc.constantFrom(...KNOWN, ...SHAPED),
    fc.nat(SPELLINGS.length - 1),
    fc.constantFrom(...AROUND),
    fc.constantFrom(...AROUND),
  )
  // Shapes are known as they are written, not encoded by others.
  .map(([secret, spelling, before, after]) => {
    const isKnown = KNOWN.includes(secret);
    const spelled = (SPELLINGS[isKnown ? spelling : 0] ?? json)(secret);
    return { secret, text: `${before}${isKnown ? "" : " "}${spelled}${isKnown ? "" : " "}${after}` };
  });

const traces: fc.Arbitrary<readonly Trace[]> = fc.array(
  fc
    .tuple(
      fc.constantFrom(servedTrace, rotatedTrace, failedTrace),
      fc.constantFrom(...TEXT_FIELDS),
      fc.constantFrom(...ATTEMPT_FIELDS),
      hidden,
      fc.boolean(),
    )
    .map(([make, field, attemptField, { secret, text }, hasBody]) => {
      const bytes = new TextEncoder().encode(`{"prompt":${JSON.stringify(secret)}}${text}`);
      const body = hasBody ? { bytes: bytes.slice(0, 60_000), size: bytes.length } : undefined;
      const trace = make(1_000_000, { [field]: text, body } as object);
      for (const attempt of trace.attempts)
        Object.assign(attempt, { [attemptField]: attemptField === "text" ? cutTo4KiB(text) : text });
      return trace;
    }),
  { minLength: 1, maxLength: 12 },
);

function cutTo4KiB(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, 4_096));
}

/** Any part of one that is longer than what its mask shows of it. */
function leaks(text: string): readonly string[] {
  return [...KNOWN, ...SHAPED].flatMap((secret) => {
    const forms = [
      secret,
      encodeURIComponent(secret),
      json(secret),
      Buffer.from(secret).toString("base64").slice(3, -4),
    ];
    return forms.filter((form) => [0, form.length - 12].some((start) => text.includes(form.slice(start, start + 12))));
  });
}

/** Every value of every column of every table. */
function everyText(folder: ScratchFolder): readonly string[] {
  using database = new Database(folder.at("requests.sqlite"), { readonly: true });
  const tables = database.query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return tables.flatMap(({ name }) =>
    database
      .query<Record<string, unknown>, []>(`SELECT * FROM ${name}`)
      .all()
      .flatMap((row) => Object.entries(row).map(([column, value]) => `${name}.${column}: ${value}`)),
  );
}

async function written(list: readonly Trace[], folder: ScratchFolder): Promise<void> {
  const thread = new DatabaseThread();
  const redactor = new Redactor();
  redactor.addSecrets(KNOWN);
  const complain = (fields: object, text: string) => {
    throw new Error(`${text}: ${JSON.stringify(fields)}`);
  };
  const providers = [{ name: "main", base_url: "https://a.example/v1", api_keys: ["sk-fake-key-1"] }];
  const keeper = new RecordKeeper({
    folder: { path: folder.path, fault: undefined, notes: [] },
    lock: { fault: undefined },
    thread,
    redactor,
    logger: { info: complain, warn: complain, error: complain } as never,
    now: () => 1_000_000,
    schedule,
    config: loadValid({ yaml: JSON.stringify({ providers, requests: { record_bodies: "on_error" } }) }).config,
  });
  keeper.note(list);
  await keeper.close();
  await thread.close();
}

test("no secret in any column of any table", async () => {
  await fc.assert(
    fc.asyncProperty(traces, async (list) => {
      using folder = scratchFolder();
      await written(list, folder);
      const texts = everyText(folder);
      expect(texts.filter((text) => text.startsWith("requests.id:"))).toHaveLength(list.length);
      expect(texts.flatMap((text) => leaks(text).map((leak) => `${leak} in ${text.slice(0, 300)}`))).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test("the search for leaks finds one in each spelling", () => {
  for (const secret of KNOWN)
    for (const spell of SPELLINGS.slice(0, 3)) expect(leaks(`x ${spell(secret)} y`)).not.toEqual([]);
});
