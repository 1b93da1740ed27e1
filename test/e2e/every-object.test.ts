// Every operation on an object goes to the key that made it, whichever operation made it and whatever its id looks like.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { closedLoop, post } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { readOpenAiOperations } from "../fixture/openai-operations.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Call, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const MAKER = fakeSecret("objects_maker");
const OTHER = fakeSecret("objects_other");
const IN_PARALLEL = 16;

const ROWS = readOpenAiOperations().filter(({ key }) => key === "one");
/** Paths without parameters: a POST there makes an object, to which the paths below it belong. */
const MAKERS = ROWS.filter(({ method, path }) => method === "POST" && !path.includes("{")).map(({ path }) => path);
const CASES = MAKERS.flatMap((maker) =>
  ROWS.filter(({ path }) => path.startsWith(`${maker}/{id}`)).map(({ method, path }) => ({ maker, method, path })),
);

/** Bodies that name what another operation made. */
const NAMING = (
  [
    ["/responses", "/files", (id) => ({ input: [{ role: "user", content: [{ type: "input_file", file_id: id }] }] })],
    ["/responses", "/conversations", (id) => ({ conversation: { id } })],
    ["/responses", "/skills", (id) => ({ tools: [{ environment: { skills: [{ skill_id: id }] } }] })],
    ["/audio/speech", "/audio/voices", (id) => ({ voice: { id } })],
    ["/realtime/client_secrets", "/audio/voices", (id) => ({ session: { audio: { output: { voice: { id } } } } })],
    ["/agents/sessions", "/agents", (id) => ({ agent_id: id })],
    ["/agents/sessions", "/agents/environments/templates", (id) => ({ environment: { environment_template_id: id } })],
    ["/agents/sessions", "/vaults", (id) => ({ vault_ids: [id] })],
    ["/batches", "/files", (id) => ({ input_file_id: id })],
    ["/fine_tuning/jobs", "/files", (id) => ({ training_file: id })],
  ] satisfies [string, string, (id: string) => object][]
).map(([path, maker, bodyOf]) => ({ path, maker, body: JSON.stringify({ model: "m", ...bodyOf(idOf(maker)) }) }));

const upstream = startUpstream({
  otherwise: ({ path }: Call) => Response.json({ id: idOf(path.replace(/^\/v1/, "")), object: "scripted" }),
});
const daemon = await startDaemon(config("maker"));
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

await closedLoop(IN_PARALLEL, MAKERS.length, async (index) => void (await daemon.ask(`/v1${MAKERS[index]}`, post({}))));
await daemon.writeConfig(config("other"));
let probes = 0;
await until("the other key for unknown objects", async () => {
  // Who answers for an object has it from then on.
  probes += 1;
  await daemon.ask(`/v1/files/file-${probes}`);
  return upstream.calls.at(-1)?.key === OTHER;
});
const before = upstream.calls.length;
await closedLoop(IN_PARALLEL, CASES.length, async (index) => {
  const one = CASES[index];
  if (one !== undefined) await daemon.ask(`/v1${pathOf(one)}`, { method: one.method });
});
const calls = Map.groupBy(upstream.calls.slice(before), ({ method, path }) => `${method} ${path}`);

test.each(CASES)("$method $path, made by $maker", (one) => {
  expect(calls.get(`${one.method} /v1${pathOf(one)}`)?.map(({ key }) => key)).toContain(MAKER);
  expect(calls.get(`${one.method} /v1${pathOf(one)}`)?.map(({ key }) => key)).not.toContain(OTHER);
});

test.each(NAMING)("POST $path with $body", async ({ path, body }) => {
  const seen = upstream.calls.length;
  for (let index = 0; index < 4; index += 1) await daemon.ask(`/v1${path}`, post(body));
  expect(upstream.calls.slice(seen).map(({ key }) => key)).toEqual([MAKER, MAKER, MAKER, MAKER]);
});

/** Objects are made while the first is the stateful key, and asked for when it is no longer. */
function config(statefulKey: string): string {
  const api_keys = [
    { name: "maker", key: MAKER },
    { name: "other", key: OTHER },
  ];
  return JSON.stringify({ providers: [{ name: "main", base_url: upstream.url, api_keys, stateful_key: statefulKey }] });
}

function idOf(maker: string): string {
  return `made-by${maker.replaceAll("/", "-")}`;
}

/** The object first, others below it as nobody knows them. */
function pathOf({ maker, path }: { readonly maker: string; readonly path: string }): string {
  return path.replace("{id}", idOf(maker)).replaceAll("{id}", "unheard-of");
}
