// What the daemon itself prints: its first screen and its log.
import { expect, test } from "bun:test";
import packageJson from "../../package.json";
import { banner } from "../../src/cli/banner.ts";
import { createLogger } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { demoProvider } from "../../src/demo/demo-provider.ts";
import { loadValid } from "../config/load.ts";
import { blocks, README, section } from "./documents.ts";

test("the first screen is what serve --demo prints", () => {
  const { config, warnings } = loadValid({ extraProviders: [demoProvider()] });
  const facts = {
    version: packageJson.version,
    url: "http://127.0.0.1:8000",
    config,
    file: undefined,
    folder: "/tmp/openai-balance-demo",
    takesKeys: true,
    takesCommands: true,
    storedTokens: 0,
    needsFolder: true,
    isDemo: true,
    warnings,
    notes: [],
  };
  expect(blocks("text", README.text)).toContain(banner(facts));
});

test("log lines have the form that the logger writes", async () => {
  const shown = blocks("text", section("docs/operation.md", "The log"))
    .join("")
    .split("\n")
    .filter((line) => /^[\d:.]{12} /.test(line));
  expect(shown.length).toBeGreaterThan(1);
  for (const line of shown) {
    const [, level = "", rest = ""] = /^[\d:.]{12} (WARN|INFO) +(.*)$/.exec(line) ?? [];
    const [, msg = "", fields = ""] = /^([A-Z][a-z ]+?) (\w+=.*)$/.exec(rest) ?? [];
    const pairs = [...fields.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, name = "", value = ""]) => [
      name,
      value.replaceAll('"', ""),
    ]);
    const lines: string[] = [];
    const logger = createLogger({
      level: "info",
      format: "pretty",
      redactor: new Redactor(),
      write: (text) => void lines.push(text),
    });
    logger[level === "WARN" ? "warn" : "info"](Object.fromEntries(pairs), msg);
    await logger.flush();
    expect(lines.join("").slice(13)).toBe(`${line.slice(13)}\n`);
  }
});
