// Lists the values in effect with where they came from, for people, with every secret masked.

import { printable } from "../core/printable.ts";
import { Redactor } from "../core/redaction.ts";
import { type FieldPath, pathText } from "./field-path.ts";
import type { LoadedConfig } from "./load-config.ts";
import { maskedText } from "./masked-text.ts";
import { secretsOf } from "./secrets-of.ts";
import { sourceText } from "./source.ts";

export interface EffectiveValue {
  /** Such as `server.port`. */
  readonly path: string;
  /** As YAML on one line. */
  readonly value: string;
  /** Such as `config.yaml:12:5`, `--port` or `default`. */
  readonly origin: string;
}

/** In the order of the documentation; what `renderConfig` writes, a row for each value. */
export function effectiveValues({ config, effective, origins }: LoadedConfig): readonly EffectiveValue[] {
  const redactor = new Redactor();
  redactor.addSecrets(secretsOf(config));
  const rows: EffectiveValue[] = [];
  const walk = (node: unknown, path: FieldPath): void => {
    if (node === undefined) return;
    const entries = Array.isArray(node) ? [...node.entries()] : Object.entries(isMap(node) ? node : {});
    for (const [step, inside] of entries) walk(inside, [...path, step]);
    if (entries.length > 0) return;
    const origin = origins.get(pathText(path));
    rows.push({
      path: printable(redactor.redact(pathText(path))),
      value: printable(maskedText(node, path, redactor)),
      origin: origin === undefined ? "default" : printable(sourceText(origin)),
    });
  };
  walk(effective, []);
  return rows;
}

function isMap(node: unknown): node is object {
  return typeof node === "object" && node !== null;
}
