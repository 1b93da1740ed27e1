// Writes the effective configuration as YAML for people, with every secret masked.

import { Redactor } from "../core/redaction.ts";
import { type FieldPath, pathText } from "./field-path.ts";
import type { LoadedConfig } from "./load-config.ts";
import { maskedText, yamlScalar } from "./masked-text.ts";
import { secretsOf } from "./secrets-of.ts";
import { sourceText } from "./source.ts";

/** Where the comments with origins begin, if the line leaves room. */
const COMMENT_COLUMN = 44;

export interface RenderOptions {
  /** Adds where each value came from, as a comment. */
  readonly origin?: boolean;
}

/** Valid YAML of everything that is in effect. Secrets in references such as `{ env: NAME }` stay references. */
export function renderConfig(loaded: LoadedConfig, options: RenderOptions = {}): string {
  const redactor = new Redactor();
  redactor.addSecrets(secretsOf(loaded.config));
  const lines: string[] = [];
  const emit = (text: string, path: FieldPath) => {
    const source = options.origin ? loaded.origins.get(pathText(path)) : undefined;
    lines.push(source === undefined ? text : `${text.padEnd(COMMENT_COLUMN)}  # ${sourceText(source)}`);
  };
  const write = (node: unknown, path: FieldPath, lead: string) => {
    const entries = entriesOf(node);
    if (entries === undefined || entries.length === 0) {
      emit(lead + maskedText(node, path, redactor), path);
      return;
    }
    if (lead.trim() !== "" && !lead.endsWith("- ")) lines.push(lead.trimEnd());
    // The first field of an item stands on the line of its dash.
    let start = lead.endsWith("- ") ? lead : indent(path);
    for (const [step, inside] of entries) {
      write(inside, [...path, step], `${start}${typeof step === "number" ? "- " : `${yamlScalar(step)}: `}`);
      start = indent(path);
    }
  };
  write(withoutUndefined(loaded.effective), [], "");
  return `${lines.join("\n")}\n`;
}

function indent(path: FieldPath): string {
  return "  ".repeat(path.length);
}

function entriesOf(node: unknown): [string | number, unknown][] | undefined {
  if (Array.isArray(node)) return [...node.entries()];
  return typeof node === "object" && node !== null ? Object.entries(node) : undefined;
}

function withoutUndefined(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
