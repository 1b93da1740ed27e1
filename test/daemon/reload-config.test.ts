// A reload says each warning once, each error with its place, and what changed.
import { expect, test } from "bun:test";
import type { Diagnostic } from "../../src/config/diagnostic.ts";
import type { LoadResult } from "../../src/config/load-config.ts";
import { createLogger } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { reloadConfig } from "../../src/daemon/reload-config.ts";
import { load } from "../config/load.ts";

interface Reloaded {
  readonly ok: boolean;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

const OLD = 'providers: [{ name: openai, api_keys: ["sk-fake-key-0001"] }, { name: groq }]\n';

async function reload(next: string): Promise<Reloaded> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const logger = createLogger({ level: "info", format: "json", redactor: new Redactor(), write });
  const old = valid(load({ yaml: OLD }));
  const fresh = () => load({ yaml: next });
  const facts = { old: old.config, oldWarnings: old.warnings, hasTokens: false };
  const result = reloadConfig({ load: fresh, ...facts, logger, reason: "SIGHUP" });
  await logger.flush();
  return { ok: result.ok, lines: lines.map((line) => JSON.parse(line)) };
}

function valid(result: LoadResult): Extract<LoadResult, { ok: true }> & { readonly warnings: readonly Diagnostic[] } {
  if (!result.ok) throw new Error("The old configuration is wrong");
  return result;
}

test("reloadConfig repeats no warning, even one whose line has moved", async () => {
  expect(valid(load({ yaml: OLD })).warnings).toHaveLength(2);
  const { ok, lines } = await reload(`# a comment\n${OLD}`);
  expect(ok).toBe(true);
  expect(lines).toMatchObject([{ level: "info", msg: "Reloaded", reason: "SIGHUP", changes: [] }]);
});

test("reloadConfig says a warning that is new", async () => {
  const { lines } = await reload(OLD.replace("groq", "deepseek"));
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ["warn", "Configuration"],
    ["info", "Reloaded"],
  ]);
  expect(lines[0]?.warning).toContain("providers[1]: has no key");
  expect(lines[1]?.changes).toEqual(["provider groq: removed", "provider deepseek: added with 0 keys"]);
});

test("reloadConfig keeps the old one when the new one is wrong, and says where", async () => {
  const { ok, lines } = await reload(`servr: 1\n${OLD}`);
  expect(ok).toBe(false);
  expect(lines).toMatchObject([{ level: "error", msg: "Reload refused, the old configuration stays" }]);
  // Warnings about what is not taken up would only hide why.
  expect(lines[0]?.diagnostics).toEqual(["config.yaml:1:1 servr: unknown field, did you mean server"]);
});
