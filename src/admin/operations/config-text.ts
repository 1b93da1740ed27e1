// `config.text`, `config.check`, `config.save` and `config.values`: the config file as the page edits it, without its secrets.
import { z } from "zod";
import type { TextDiagnostic } from "../../config/conceal/text-diagnostics.ts";
import { call } from "../operation.ts";
import type { TextCheck, TextSave } from "../settings-port.ts";

/** More is no work of hands. */
const MAX_CHARS = 256 * 1024;
const MOST_VALUES = 1_000;

const diagnostic = z.object({
  severity: z.enum(["error", "warning"]).describe("With an error the text cannot be saved."),
  line: z.int().optional().describe("From 1; absent where it is about nothing that stands in the text."),
  column: z.int().optional().describe("From 1, in UTF-16 units."),
  end_line: z.int().optional().describe("Of the end of what is meant."),
  end_column: z.int().optional().describe("The first column behind it."),
  path: z.string().describe("The field, such as `server.port`; empty where it is about no single one."),
  message: z.string().describe("What is wrong, without a value."),
});

const verdict = {
  ok: z.boolean().describe("Nothing is wrong with it; there may be warnings."),
  diagnostics: z.array(diagnostic).describe("In the order of the text, by its own lines."),
  changes: z.array(z.string()).describe("What would be different from what runs, without values."),
  at_start: z.array(z.string()).describe("Fields among them that take effect after a restart."),
} as const;

const edited = {
  text: z.string().max(MAX_CHARS).describe("The whole text, with placeholders where the secrets stay as they are."),
  version: z.string().min(1).describe("That of the text which was edited, as `config.text` told it."),
} as const;

export const configText = call({
  name: "config.text",
  kind: "read",
  who: "admin",
  summary:
    "Gives the text of the config file, with a placeholder such as `⟦secret:0f1e2d3c4b:sk-a...wxyz⟧` for every secret, also in comments.",
  input: z.strictObject({
    previous: z
      .boolean()
      .default(false)
      .describe("The version before, which is kept beside the file; saved as an edit it takes its place again."),
  }),
  output: z.object({
    file: z.string().optional().describe("Its path; absent where environment and key store are all there is."),
    text: z.string().optional().describe("With line feeds only; absent where `fault` says why it is not shown."),
    version: z.string().optional().describe("Names the state of the file for `config.save`."),
    fault: z.string().optional().describe("Why there is nothing to edit, and what to do."),
    read_only: z.string().optional().describe("Why the file cannot be written."),
    has_previous: z.boolean().describe("The version before is there."),
    ...verdict,
  }),
  run({ previous }, ports) {
    const { file, text, version, fault, readOnly, hasPrevious, check } = ports.settings.text(previous);
    return {
      ...(file !== undefined && { file }),
      ...(text !== undefined && { text }),
      ...(version !== undefined && { version }),
      ...(fault !== undefined && { fault }),
      ...(readOnly !== undefined && { read_only: readOnly }),
      has_previous: hasPrevious,
      ...verdictOf(check),
    };
  },
});

export const configCheck = call({
  name: "config.check",
  kind: "read",
  who: "admin",
  summary: "Says what is wrong with an edited text of the config file, and what it would change; nothing is written.",
  input: z.strictObject(edited),
  output: z.object({
    ...verdict,
    stale: z.boolean().describe("The file was changed since; it could not be saved."),
  }),
  run(input, ports) {
    const check = ports.settings.check(input);
    return { ...verdictOf(check), stale: check.isStale };
  },
});

export const configSave = call({
  name: "config.save",
  kind: "change",
  who: "admin",
  summary:
    "Writes an edited text to the config file in one step and has it read; the version before is kept. Whoever has the admin token may so change everything that the file says.",
  input: z.strictObject(edited),
  output: z.object({
    outcome: z
      .enum(["saved", "unchanged", "conflict", "invalid", "read_only"])
      .describe(
        "`conflict`: the file was changed since; `invalid`: a diagnostic is an error. Nothing was written but with `saved`.",
      ),
    version: z.string().describe("Of the file as it is now."),
    read_only: z.string().optional().describe("Why the file cannot be written."),
    reload: z
      .object({
        ok: z.boolean().describe("False where the old configuration stays until the next start."),
        changes: z.array(z.string()).describe("What is different now, without values."),
        diagnostics: z.array(z.string()).describe("Why the old configuration stays."),
      })
      .optional()
      .describe("How the daemon took it; absent where nothing was written."),
    ...verdict,
  }),
  async run(input, ports) {
    const saved = await ports.settings.save(input);
    return {
      outcome: saved.outcome,
      version: saved.version,
      ...(saved.outcome === "read_only" && { read_only: saved.readOnly }),
      ...reloadOf(saved),
      ...verdictOf(saved.check),
    };
  },
});

export const configValues = call({
  name: "config.values",
  kind: "read",
  who: "admin",
  summary: "Lists the values in effect with where each came from, as `config show --origin` does; secrets are masked.",
  input: z.strictObject({
    text: z.string().optional().describe("Only those in whose path, value or origin it stands, in any case."),
    only_set: z.boolean().default(false).describe("Without those that are defaults."),
    offset: z.int().nonnegative().default(0).describe("How many to pass over."),
    limit: z.int().min(1).max(MOST_VALUES).default(MOST_VALUES).describe("How many at most."),
  }),
  output: z.object({
    file: z.string().optional().describe("The config file."),
    ok: z.boolean().describe("False while the configuration is wrong."),
    values: z
      .array(
        z.object({
          path: z.string().describe("Such as `server.port`."),
          value: z.string().describe("As YAML on one line."),
          origin: z.string().describe("Such as `config.yaml:12:5`, a variable, `--port`, `key store` or `default`."),
        }),
      )
      .describe("In the order of the documentation; none while the configuration is wrong."),
    total: z.int().describe("How many match."),
    diagnostics: z.array(z.string()).describe("What is wrong or doubtful, a line each."),
  }),
  run({ text = "", only_set: isOnlySet, offset, limit }, ports) {
    const { file, values, diagnostics } = ports.settings.values();
    const wanted = text.toLowerCase();
    const found = (values ?? []).filter(
      (row) =>
        (!isOnlySet || row.origin !== "default") &&
        Object.values(row).some((part) => part.toLowerCase().includes(wanted)),
    );
    return {
      ...(file !== undefined && { file }),
      ok: values !== undefined,
      values: found.slice(offset, offset + limit),
      total: found.length,
      diagnostics: [...diagnostics],
    };
  },
});

function verdictOf({ isOk, diagnostics, changes, atStart }: Omit<TextCheck, "isStale">) {
  return { ok: isOk, diagnostics: diagnostics.map(diagnosticRow), changes: [...changes], at_start: [...atStart] };
}

function diagnosticRow({ severity, path, message, start, end }: TextDiagnostic) {
  return {
    severity,
    ...(start && { line: start.line, column: start.column }),
    ...(end && { end_line: end.line, end_column: end.column }),
    path,
    message,
  };
}

function reloadOf(saved: TextSave) {
  if (saved.outcome !== "saved") return {};
  const { isOk, changes, diagnostics } = saved.reload;
  return { reload: { ok: isOk, changes: [...changes], diagnostics: [...diagnostics] } };
}
