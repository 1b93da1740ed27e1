// docs/commands.md and docs/control-api.md: fresh, complete, and true of the program that they describe.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { API_PREFIX } from "../../../src/admin/api-handler.ts";
import { KEY_STATES } from "../../../src/admin/key-rows.ts";
import { OPERATIONS } from "../../../src/admin/operation-table.ts";
import { buildProgram } from "../../../src/cli/build-program.ts";
import { renderCommands } from "../../../src/cli/reference/commands-reference.ts";
import { ERRORS, renderControlApi } from "../../../src/cli/reference/control-api-reference.ts";
import { EXIT } from "../../../src/core/exit-codes.ts";
import { FakeTerminal } from "../fake-terminal.ts";

const ROOT = join(import.meta.dir, "../../..");
const program = programTree();
const commands = renderCommands(program);
const api = renderControlApi();

function programTree(): Command {
  using terminal = new FakeTerminal();
  return buildProgram(terminal.context(), () => {});
}

function leaves(command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[path.join(" "), command]];
  return command.commands.flatMap((inside) => leaves(inside, [...path, inside.name()]));
}

/** What stands below a heading, to the next one. */
function section(text: string, title: string): string {
  const start = text.indexOf(`\n### ${title}\n`);
  if (start < 0) throw new Error(`There is no section ${title}`);
  const length = text.slice(start + 1).search(/\n#{2,3} /);
  return text.slice(start, length < 0 ? undefined : start + 1 + length);
}

test.each([
  ["commands.md", commands],
  ["control-api.md", api],
])("docs/%s is fresh: `bun scripts/generate.ts` writes it", (name, text) => {
  expect(readFileSync(join(ROOT, "docs", name), "utf8")).toBe(text);
});

test.each([
  ["commands", commands],
  ["control API", api],
])("the reference of the %s has no empty meaning, no undefined, and whole tables", (_name, text) => {
  expect(text).not.toMatch(/undefined|\[object|NaN/);
  const rows = text.split("\n").filter((line) => line.startsWith("|"));
  expect(rows.length).toBeGreaterThan(100);
  for (const row of rows) expect(row).toMatch(/\| [^|]*\S \|$|\\\|/);
});

describe("the reference of commands", () => {
  test.each(leaves(program))("has %s, with its arguments, options and an example", (name, command) => {
    const text = section(commands, name);
    expect(text).toContain(`openai-balance ${name}`);
    for (const argument of command.registeredArguments) {
      expect(text).toContain(argument.name());
      expect(text).toContain(argument.description);
      for (const choice of argument.argChoices ?? []) expect(text).toContain(`\`${choice}\``);
    }
    for (const option of command.options.filter(({ helpGroupHeading }) => helpGroupHeading === undefined)) {
      expect(text).toContain(`| \`${option.flags}\` | ${option.description}`);
      for (const choice of option.argChoices ?? []) expect(text).toContain(`\`${choice}\``);
    }
  });

  test("has every exit code, and the hidden command nowhere", () => {
    for (const code of Object.values(EXIT)) expect(commands).toContain(`\n| ${code} | `);
    expect(commands).not.toContain("__complete");
  });

  test("every link inside leads somewhere", () => {
    for (const [, anchor = ""] of commands.matchAll(/\]\(#([\w-]+)\)/g))
      expect(commands.toLowerCase()).toMatch(new RegExp(`^#+ ${anchor.replaceAll("-", " ")}$`, "m"));
  });
});

/** Of several kinds of events those inside each. */
function outputFields(output: z.core.$ZodType): readonly string[] {
  if (output instanceof z.ZodUnion)
    return output.options.flatMap((event) => outputFields((event as z.ZodObject).shape.data ?? event));
  return Object.keys((output as { readonly shape?: object }).shape ?? {});
}

describe("the reference of the control API", () => {
  test.each([...OPERATIONS.values()].map((operation) => [operation.name, operation] as const))(
    "has %s: who may, how, what goes in and comes out",
    (name, { kind, who, summary, input, output }) => {
      const text = section(api, name);
      const method = kind === "read" ? "GET or POST" : "POST";
      expect(text).toContain(
        `\`${method} ${API_PREFIX}${name}\` · ${who === "owner" ? "socket only" : "socket or admin token"}`,
      );
      expect(text).toContain(summary);
      const outputs = outputFields(output);
      expect(outputs.length).toBeGreaterThan(0);
      for (const field of Object.keys(input.shape)) expect(text).toContain(`| \`${field}\` |`);
      for (const field of outputs) expect(text).toMatch(new RegExp(`\\| \`${field}\\??\` \\|`));
    },
  );

  test("tells kinds, defaults, limits, lists in lists, and what may be absent", () => {
    expect(section(api, "test")).toContain("| `concurrency` | whole number from 1 to 64 | `8` | Calls at a time. |");
    expect(section(api, "keys.add")).toMatch(/\| `keys\[\]\.weight` \| number above 0 to 1000 \| {2}\| /);
    expect(section(api, "keys.add")).toContain("| `keys[].key` | text | required |");
    expect(section(api, "models")).toContain("| `models[].route` | list of lists of texts |");
    expect(section(api, "explain")).toContain("| `keys` | list of maps as `picked` |");
    expect(section(api, "keys.list")).toContain("| `keys` | list of [keys](#a-key) |");
    expect(section(api, "daemon.log")).toContain("| `since` | time |  |");
    expect(section(api, "status")).toContain("| `saved_at?` | time |");
    expect(api).toContain(`\n| \`state\` | ${KEY_STATES.map((state) => `\`${state}\``).join(", ")} | `);
  });

  test("has every error that the API answers with", () => {
    const files = ["src/admin/api-handler.ts", "src/daemon/admin-paths.ts"];
    const source = files.map((file) => readFileSync(join(ROOT, file), "utf8")).join("\n");
    const made = [...source.matchAll(/apiFailure\(\s*(\d{3}),\s*"(\w+)"/g)].map(
      ([, status, code]) => `${status} ${code}`,
    );
    expect(made.length).toBeGreaterThan(6);
    const told = ERRORS.map(([status, code]) => `${status} ${code}`);
    expect([...new Set(made)].filter((error) => !told.includes(error))).toEqual([]);
    // The token is asked for before the API is reached.
    expect(told.filter((error) => !made.includes(error))).toEqual(["401 invalid_api_key"]);
  });
});
