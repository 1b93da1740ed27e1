// `config show`: prints the values in effect, secrets masked.
import { Document, isMap, isScalar, isSeq, type Node } from "yaml";
import { type FieldPath, pathText } from "../config/field-path.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import { secretsOf } from "../config/secrets-of.ts";
import { sourceText } from "../config/source.ts";
import { EXIT } from "../core/exit-codes.ts";
import { Redactor } from "../core/redaction.ts";
import type { CliContext } from "./cli-context.ts";
import { printDiagnostics } from "./diagnostic-output.ts";
import { type ConfigOptions, readConfig } from "./read-config.ts";

interface ShowOptions extends ConfigOptions {
  readonly origin?: boolean;
  readonly json?: boolean;
}

/** `EXIT.usage` when the configuration is wrong: then it says why, and shows nothing. */
export function configShow(context: CliContext, options: ShowOptions): number {
  const result = readConfig(context, options);
  if (!result.ok) {
    printDiagnostics(result, context, options);
    return EXIT.usage;
  }
  const values = masked(result);
  context.out.write(options.json ? asJson(values, result, options) : asYaml(values, result, options));
  return EXIT.ok;
}

function asJson(values: unknown, { origins }: LoadedConfig, options: ShowOptions): string {
  if (!options.origin) return `${JSON.stringify(values, null, 2)}\n`;
  const texts = [...origins].map(([path, source]) => [path, sourceText(source)] as const);
  return `${JSON.stringify({ values, origins: Object.fromEntries(texts) }, null, 2)}\n`;
}

function asYaml(values: unknown, { origins }: LoadedConfig, options: ShowOptions): string {
  const document = new Document(values);
  if (options.origin) {
    annotate(document.contents, [], (path) => {
      const source = origins.get(pathText(path));
      return source && sourceText(source);
    });
  }
  return document.toString({ lineWidth: 0 });
}

/** Puts the origin of each value behind it. */
function annotate(node: Node | null, path: FieldPath, originOf: (path: FieldPath) => string | undefined): void {
  if (isMap<{ value: string }, Node | null>(node) && node.items.length > 0) {
    for (const { key, value } of node.items) annotate(value, [...path, key.value], originOf);
  } else if (isSeq<Node>(node) && node.items.length > 0) {
    for (const [index, item] of node.items.entries()) annotate(item, [...path, index], originOf);
  } else if (isScalar(node)) {
    const origin = originOf(path);
    if (origin !== undefined) node.comment = ` ${origin}`;
  }
}

function masked({ config, effective }: LoadedConfig): unknown {
  const redactor = new Redactor();
  redactor.replaceSecrets(secretsOf(config));
  const mask = (value: unknown): unknown => {
    if (typeof value === "string") return redactor.redact(value);
    if (Array.isArray(value)) return value.map(mask);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, mask(inside)]));
  };
  return mask(effective);
}
