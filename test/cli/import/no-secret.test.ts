// Whatever a file holds, and wherever in it: no secret is printed whole, and a dry run says what the real one does.
import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { fakeSecret, leakIn } from "../../fixture/secrets.ts";
import { FakeTerminal } from "../fake-terminal.ts";

setDefaultTimeout(60_000);

const SECRET = fakeSecret("anywhere");
const OTHER = fakeSecret("anywhere_else");
/** A secret that stands in its place too, or what anybody may write. */
const word = fc.constantFrom(SECRET, OTHER, "gpt-4o", "main", "default", "a b", "", "__proto__", "sk-x", "openai");
const url = fc.oneof(
  fc.integer({ min: 1, max: 9 }).map((last) => `https://host-${last}.example/v1`),
  word,
);
const KEYS = [SECRET, OTHER];

const variables = fc
  .record({ admin: word, url, retries: word, name: word, header: word })
  .map(({ admin, url: address, retries, name, header }) =>
    JSON.stringify({
      API_KEYS: KEYS,
      ALLOWED_TOKENS: [OTHER],
      AUTH_TOKEN: admin,
      BASE_URL: address,
      MAX_RETRIES: retries,
      CUSTOM_HEADERS: { "X-A": header },
      [`X${name}`]: name,
    }),
  );

const channel = fc.record({
  id: fc.nat(),
  type: fc.integer({ min: 0, max: 60 }),
  key: fc.oneof(fc.constant(KEYS.join("\n")), word),
  status: fc.integer({ min: 1, max: 3 }),
  name: word,
  base_url: url,
  models: word,
  group: word,
  model_mapping: word.map((name) => JSON.stringify({ [name]: name })),
});
const channels = fc
  .array(channel, { minLength: 1, maxLength: 4 })
  .map((list) => JSON.stringify([{ ...list[0], type: 1, key: KEYS.join("\n"), status: 1, base_url: "" }, ...list]));

const gptLoad = fc
  .record({ name: word, type: fc.constantFrom("openai", "gemini", "other"), url, model: word, tokens: word, key: word })
  .map(({ name, type, url: address, model, tokens, key }) =>
    JSON.stringify({
      group: {
        name,
        channel_type: type,
        upstreams: [{ url: address, weight: 1 }],
        test_model: model,
        proxy_keys: tokens,
        config: { [key]: model },
        header_rules: [{ key: "X-A", value: name, action: "set" }],
        model_redirect_rules: { [model]: name },
      },
      keys: [...KEYS, key].map((each) => ({ key_value: each, status: name })),
    }),
  );

const deployment = fc.record({
  name: word,
  model: word,
  prefix: fc.constantFrom("", "openai/", "azure/", "x/"),
  url,
  field: word,
});
const litellm = fc.tuple(fc.array(deployment, { minLength: 1, maxLength: 4 }), word).map(([list, text]) =>
  JSON.stringify({
    model_list: [...list, ...list].map(({ name, model, prefix, url: address, field }, index) => ({
      model_name: name,
      litellm_params: { model: prefix + model, api_key: KEYS[index % 2], api_base: address, [`x${field}`]: field },
    })),
    general_settings: { master_key: text, [`x${text}`]: 1 },
    router_settings: { routing_strategy: text, fallbacks: [{ [text]: [text] }] },
  }),
);

test.each([
  ["variables", variables],
  ["channels", channels],
  ["gpt-load", gptLoad],
  ["litellm", litellm],
])("%s", async (_kind, files) => {
  await fc.assert(
    fc.asyncProperty(files, async (text) => {
      using terminal = new FakeTerminal();
      terminal.write("old", text);
      const dry = await terminal.run(["import", "old", "--dry-run"]);
      const json = await terminal.run(["import", "old", "--dry-run", "--json"]);
      const real = await terminal.run(["import", "old"]);
      expect(leakIn([dry, json, real].map(({ out, err }) => out + err).join("\n"))).toBeUndefined();
      expect([0, 2]).toContain(dry.exitCode);
      expect({ exitCode: real.exitCode, err: real.err }).toEqual({ exitCode: dry.exitCode, err: dry.err });
      if (dry.exitCode !== 0) return;
      expect(real.out.split("\n").filter(isFact)).toEqual(dry.out.split("\n").filter(isFact));
      const written = terminal.read("config.yaml");
      const again = await terminal.run(["import", "old"]);
      expect(again).toMatchObject({
        exitCode: 0,
        err: "",
        out: expect.stringContaining("Everything is there already\n"),
      });
      expect(terminal.read("config.yaml")).toBe(written);
      expect(leakIn(again.out)).toBeUndefined();
    }),
    { numRuns: 25 },
  );
});

/** Not whether it was done. */
function isFact(line: string): boolean {
  return /^(?:Read|Config|Provider|Key|Client|Admin|Setting|Not carried)/.test(line);
}
