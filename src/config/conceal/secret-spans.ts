// Finds everything in the text of a config file that a browser must not get.
import type { Document } from "yaml";
import { Redactor } from "../../core/redaction.ts";
import type { Span } from "../../core/secret-search.ts";
import { MIN_SPELLED_LENGTH } from "../../core/secret-spellings.ts";
import type { FieldPath } from "../field-path.ts";
import { hasSecretRun } from "../name-for-message.ts";
import { outboundSecrets, parseOutboundProxy } from "../outbound-proxy.ts";
import { configSchema } from "../schema.ts";
import { hasFields, schemaInside } from "../schema-shape.ts";
import { isListOfSecrets, secretKindOf } from "../secret-fields.ts";
import { shownWebhookUrl, webhookSecrets } from "../webhook-config.ts";
import { commentsIn, secretsInComment } from "./comments.ts";
import { type PlacedScalar, placedScalars } from "./placed-scalars.ts";
import { placeholdersIn, remnantsIn } from "./placeholder.ts";

/** A stretch that is replaced. */
export interface SecretSpan extends Span {
  /** Of a scalar that is replaced as a whole: what it says. */
  readonly value?: unknown;
  /** What may be seen of it, if not its usual mask. */
  readonly shown?: string | undefined;
}

/** What one scalar hides; `known`: texts that are hidden wherever else they stand. */
interface Hidden {
  readonly span: SecretSpan;
  readonly known: readonly string[];
}

/** Nothing but a variable, perhaps behind a word such as `Bearer`. */
const REFERENCE = /^\s*(?:[A-Za-z]+ )?\$\{[A-Za-z_]\w*(?::-)?\}\s*$/;

/** Apart from each other and in order; undefined for a document that the reader refuses. `redact`: knows more secrets. */
export function secretSpans(text: string, document: Document, redactor: Redactor): readonly SecretSpan[] | undefined {
  const scalars = placedScalars(document);
  if (scalars === undefined) return undefined;
  const hidden = hiddenIn(text, scalars, redactor);
  const own = new Redactor();
  own.addSecrets(hidden.flatMap(({ known }) => known));
  const comments = commentsIn(text, writtenSpans(scalars)).flatMap((comment) => secretsInComment(text, comment));
  const elsewhere = [
    ...redactor.find(text),
    ...own.find(text),
    ...comments,
    ...placeholdersIn(text),
    ...remnantsIn(text),
  ];
  const apart: SecretSpan[] = hidden.map(({ span }) => span).toSorted(byStart);
  return [...apart, ...without(joined(elsewhere), apart).flatMap((span) => onLines(text, span))].toSorted(byStart);
}

/** Where scalars are written, in order. */
export function writtenSpans(scalars: readonly PlacedScalar[]): readonly PlacedScalar[] {
  return scalars.filter(({ alias, start, end }) => alias === undefined && end > start).toSorted(byStart);
}

/** An alias in a secret field hides the scalar that it leads to. */
function hiddenIn(text: string, scalars: readonly PlacedScalar[], redactor: Redactor): readonly Hidden[] {
  const byStartOf = new Map<number, Hidden>();
  for (const scalar of scalars) {
    if (byStartOf.has(scalar.start)) continue;
    const found = hiddenOf(text, scalar) ?? disguised(text, scalar, redactor);
    if (found !== undefined) byStartOf.set(scalar.start, found);
  }
  return [...byStartOf.values()];
}

function hiddenOf(text: string, scalar: PlacedScalar): Hidden | undefined {
  const { node, path, isName } = scalar;
  const { value } = node;
  if (value === null || value === "" || typeof value === "boolean" || scalar.end === scalar.start) return undefined;
  if (isName) return hasSecretRun(String(value)) || isForAnItem(path) ? whole(text, scalar) : undefined;
  if (typeof value === "string" && REFERENCE.test(value)) return undefined;
  const kind = secretKindOf(path);
  if (kind === "proxy") return hiddenProxy(text, scalar);
  if (kind === "webhook url") return hiddenUrl(text, scalar);
  if (kind !== undefined && !kind.endsWith("header")) return whole(text, scalar);
  if (kind !== undefined || isMisplaced(path, value)) return perhaps(whole(text, scalar));
  return path.at(-1) === "env" && hasSecretRun(String(value)) ? whole(text, scalar) : undefined;
}

/** What need not be a secret is not looked for elsewhere where it is as short as a word or a number. */
function perhaps({ span, known }: Hidden): Hidden {
  return { span, known: known.filter(({ length }) => length >= MIN_SPELLED_LENGTH) };
}

/** The name of an entry where a list of secrets is expected: its dash may have been forgotten. */
function isForAnItem(path: FieldPath): boolean {
  return secretKindOf(path) === undefined && isListOfSecrets(path.slice(0, -1)) && typeof path.at(-1) === "string";
}

/** Where the schema knows no field, or expects a list or a map, somebody may have written a secret. */
function isMisplaced(path: FieldPath, value: unknown): boolean {
  if (isListOfSecrets(path)) return value !== "direct";
  let schema: Parameters<typeof schemaInside>[0] | undefined = configSchema;
  for (const step of path) schema = schema && schemaInside(schema, step);
  return schema === undefined || hasFields(schema);
}

/** Escapes and line breaks keep what a text says from being found in its source. */
function disguised(text: string, scalar: PlacedScalar, redactor: Redactor): Hidden | undefined {
  const { value } = scalar.node;
  if (typeof value !== "string" || isVerbatim(text, scalar)) return undefined;
  return redactor.find(value).length === 0 ? undefined : whole(text, scalar);
}

function isVerbatim(text: string, { node, start, end }: PlacedScalar): boolean {
  return text.slice(start, end).includes(String(node.value));
}

function whole(text: string, { node, start, end }: PlacedScalar, shown?: string): Hidden {
  const { value } = node;
  // What ends a block of lines belongs to the lines behind it.
  const source = text.slice(start, end).trimEnd();
  return { span: { start, end: start + source.length, value, shown }, known: [String(value)] };
}

/** Of the URL of a proxy only user and password. */
function hiddenProxy(text: string, scalar: PlacedScalar): Hidden | undefined {
  const reading = parseOutboundProxy(String(scalar.node.value));
  if (!reading.ok) return whole(text, scalar);
  const known = outboundSecrets(reading.proxy);
  if (known.length === 0) return undefined;
  if (!isVerbatim(text, scalar)) return whole(text, scalar);
  const credential = /(?<=:\/\/)[^/?#\s]+(?=@)/.exec(text.slice(scalar.start, scalar.end));
  if (credential === null) return whole(text, scalar);
  const start = scalar.start + credential.index;
  return { span: { start, end: start + credential[0].length, shown: "****" }, known };
}

function hiddenUrl(text: string, scalar: PlacedScalar): Hidden | undefined {
  const url = String(scalar.node.value);
  const shown = shownWebhookUrl(url);
  const parsed = URL.parse(url);
  if (parsed !== null && shown === parsed.origin && parsed.username === "" && parsed.password === "") return undefined;
  const { span } = whole(text, scalar, shown);
  return { span, known: webhookSecrets({ url, secret: undefined }) };
}

function byStart(a: Span, b: Span): number {
  return a.start - b.start;
}

function joined(spans: readonly Span[]): readonly Span[] {
  const apart: Span[] = [];
  for (const { start, end } of spans.toSorted(byStart)) {
    const last = apart.at(-1);
    if (last === undefined || start >= last.end) apart.push({ start, end });
    else apart[apart.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  }
  return apart;
}

/** What is left of spans besides others; both apart and in order. */
function without(spans: readonly Span[], others: readonly Span[]): readonly Span[] {
  const left: Span[] = [];
  let next = 0;
  for (const { start, end } of spans) {
    while ((others[next]?.end ?? end) <= start) next++;
    let from = start;
    for (let at = next; (others[at]?.start ?? end) < end; at++) {
      const other = others[at] as Span;
      if (other.start > from) left.push({ start: from, end: other.start });
      from = Math.max(from, other.end);
    }
    if (from < end) left.push({ start: from, end });
  }
  return left;
}

/** A placeholder stands on one line. */
function onLines(text: string, { start, end }: Span): readonly Span[] {
  return Array.from(text.slice(start, end).matchAll(/[^\s][^\n]*/g), ({ 0: { length }, index }) => ({
    start: start + index,
    end: start + index + length,
  }));
}
