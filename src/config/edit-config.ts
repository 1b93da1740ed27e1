// Changes one setting in the text of a config file, and nothing else in it.

import { type Document, parseDocument } from "yaml";
import { type Change, changeDocument } from "./edit/change.ts";
import { childNode } from "./edit/child-node.ts";
import { locateSetting, type Setting } from "./edit/locate-setting.ts";
import { dataOf, meaningOf } from "./edit/meaning.ts";
import { namedItem } from "./edit/named-item.ts";
import {
  type Addition,
  type NewValue,
  type Plan,
  planAdditions,
  planRemoval,
  planSetting,
} from "./edit/plan-change.ts";
import { settingValue } from "./edit/setting-value.ts";
import { spliceChange } from "./edit/splice-change.ts";
import { YamlSource } from "./edit/yaml-source.ts";
import { type FieldPath, pathForMessage } from "./field-path.ts";
import { SERVER_FIELDS_AT_START } from "./fields-at-start.ts";
import { holdsSecret } from "./secret-fields.ts";

/** `path`: as messages write it, or with names of items: `providers[0].path`, `providers.openai.path`. */
export type ConfigEdit =
  | { readonly path: string; readonly value: string }
  /** To a list or map that has something in it; as many as there are cost no more than one. */
  | { readonly path: string; readonly add: readonly Addition[] }
  | { readonly path: string; readonly remove: true };

export type EditResult =
  | {
      readonly ok: true;
      readonly text: string;
      /** Without a change the text is the one that was given. */
      readonly changed: boolean;
      /** The field that was meant, as messages write it. */
      readonly path: string;
      /** What was set or removed is a credential, or contains one. */
      readonly isSecret: boolean;
      /** A running daemon heeds the change only after a restart. */
      readonly hasEffectAtStart: boolean;
    }
  /** Never quotes a value. */
  | { readonly ok: false; readonly message: string };

const UNREADABLE = "the file cannot be parsed; run openai-balance config check";
const UNUSUAL = "the file is written in a way that cannot be changed here; edit the file itself";

const AT_START = SERVER_FIELDS_AT_START.map((field) => ["server", field]);

/** Whether the values are valid is not checked: the result is for loadConfig to judge. */
export function editConfig(text: string, edit: ConfigEdit): EditResult {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const body = text.slice(mark.length);
  const document = parse(body);
  if (document === undefined) return refuse(UNREADABLE);
  const located = locateSetting(document, edit.path);
  if (!located.ok) return located;
  const wanted = wantedOf(located.setting, edit);
  if (!wanted.ok) return refuse(wanted.message);
  const { setting, value } = wanted;
  const source = new YamlSource(body, document);
  const plan = planOf(edit, wanted, { source, document });
  if (!plan.ok) return plan;
  const shown = value === undefined ? dataOf(nodeBelow(document, setting.path)) : value.value;
  const before = AT_START.map((path) => nodeBelow(document, path));
  const next = plan.change === undefined ? body : rewrite(source, document, plan.change);
  if (next === undefined) return refuse(UNUSUAL);
  return {
    ok: true,
    text: mark + next,
    changed: plan.change !== undefined,
    path: pathForMessage(setting.path),
    isSecret: holdsSecret(setting.path, shown),
    hasEffectAtStart: AT_START.some((path, index) => meaningOf(nodeBelow(document, path)) !== meaningOf(before[index])),
  };
}

function refuse(message: string): EditResult {
  return { ok: false, message };
}

/** Undefined for text that loading would not take for YAML either. */
function parse(text: string): Document | undefined {
  const document = parseDocument(text, { keepSourceTokens: true, prettyErrors: false, logLevel: "error" });
  return document.errors.length + document.warnings.length === 0 ? document : undefined;
}

/** What is to be set where; without a value it is to be removed, or added to. */
interface Found {
  readonly setting: Setting;
  readonly value?: NewValue;
}

type Wanted = ({ readonly ok: true } & Found) | { readonly ok: false; readonly message: string };

function wantedOf(setting: Setting, edit: ConfigEdit): Wanted {
  if (!("value" in edit)) return { ok: true, setting };
  const { schema, path, itemName } = setting;
  const given = settingValue(schema, edit.value);
  const fault = (message: string): Wanted => ({ ok: false, message: `${pathForMessage(path)}: ${message}` });
  if (!given.ok) return fault(given.message);
  if (itemName === undefined) return { ok: true, setting, value: given };
  const item = namedItem(setting, itemName, given.value);
  if (!item.ok) return fault(item.message);
  return { ok: true, setting: item.setting, value: { value: item.value, isFlow: given.isFlow } };
}

interface Parsed {
  readonly source: YamlSource;
  readonly document: Document;
}

function planOf(edit: ConfigEdit, { setting, value }: Found, { source, document }: Parsed): Plan {
  if ("add" in edit) return planAdditions(document, setting, edit.add);
  return value === undefined ? planRemoval(document, setting, source) : planSetting(document, setting, value);
}

/** The least change of the text, or the whole of it as the library writes it, if it says what the changed nodes say. */
function rewrite(source: YamlSource, document: Document, change: Change): string | undefined {
  const spliced = spliceChange(source, change);
  changeDocument(document, change);
  const meaning = meaningOf(document.contents);
  const saysIt = (text: string) => {
    const read = parse(text);
    return read !== undefined && meaningOf(read.contents) === meaning;
  };
  if (spliced !== undefined && saysIt(spliced)) return spliced;
  const { indent, hasIndentedLists, lineBreak } = source.layout;
  const written = document.toString({ lineWidth: 0, indent, indentSeq: hasIndentedLists });
  return saysIt(written) ? written.replaceAll("\n", lineBreak) : undefined;
}

function nodeBelow(document: Document, path: FieldPath): unknown {
  return path.reduce<unknown>((node, step) => childNode(node, step), document.contents);
}
