// The config file as a browser may get it, and what the placeholders in it stand for.
import { createHmac } from "node:crypto";
import { type ConcealedText, type ConcealOptions, concealText } from "../config/conceal/conceal-text.ts";
import { type PlainText, plainTextOf } from "../config/conceal/line-ends.ts";
import type { Lookup } from "../config/conceal/put-back.ts";
import { UserError } from "../core/user-error.ts";
import { NO_CONFIG_FILE, readConfigFile, readPrevious, realPath } from "./config-file.ts";
import type { Instance } from "./instance.ts";

/** Larger ones are no work of hands, and to look at one would keep the requests in flight waiting. */
const MAX_BYTES = 256 * 1024;

/** `named`: as messages call it; `file`: what a link leads to. */
export interface ShownConfig {
  readonly named: string;
  readonly file: string;
  /** Says nothing of the content to whoever does not have it. */
  readonly version: string;
  readonly plain: PlainText | undefined;
  /** Undefined where `fault` says why it is not shown. */
  readonly concealed: ConcealedText | undefined;
  readonly fault: string | undefined;
}

/** What was shown last: a text is checked whenever its user pauses, and the file is another one only now and then. */
const lastShown = new WeakMap<Instance, ShownConfig>();

/** @throws UserError where there is no file, or none that can be read. */
export function shownConfig(instance: Instance): ShownConfig {
  const { named, file, bytes, version } = readNow(instance);
  const fresh = { named, file, version, ...shown(bytes, named, instance) };
  lastShown.set(instance, fresh);
  return fresh;
}

/** The same as it was when it was shown last, if the file is still that. @throws UserError. */
export function shownBefore(instance: Instance): ShownConfig {
  const last = lastShown.get(instance);
  return last !== undefined && last.version === readNow(instance).version ? last : shownConfig(instance);
}

function readNow(instance: Instance) {
  const named = instance.configFile;
  if (named === undefined) throw new UserError(NO_CONFIG_FILE);
  const file = realPath(named);
  const bytes = readConfigFile(file, named);
  return { named, file, bytes, version: versionOf(bytes, instance) };
}

/** The version before; undefined where there is none that can be read. */
export function shownPrevious({ file, named }: ShownConfig, instance: Instance) {
  const bytes = readPrevious(file);
  return bytes && shown(bytes, `${named}.1`, instance);
}

/** What placeholders of the file stand for, and of the version before, which may be edited to bring it back. */
export function secretsOfBoth(current: ShownConfig, instance: Instance): Lookup {
  let previous: ConcealedText | undefined | null = null;
  return (id) => {
    const found = current.concealed?.held.get(id);
    if (found !== undefined) return found;
    if (previous === null) previous = shownPrevious(current, instance)?.concealed;
    return previous?.held.get(id);
  };
}

export function concealOptions({ options: { redactor, data } }: Instance): ConcealOptions {
  return { redactor, key: data.sessions.keyFor("placeholders of secrets") };
}

function versionOf(bytes: Uint8Array, { options: { data } }: Instance): string {
  return createHmac("sha256", data.sessions.keyFor("version of the config file")).update(bytes).digest("hex");
}

function shown(
  bytes: Uint8Array,
  named: string,
  instance: Instance,
): Pick<ShownConfig, "plain" | "concealed" | "fault"> {
  const none = { plain: undefined, concealed: undefined };
  if (bytes.length > MAX_BYTES) return { ...none, fault: `${named} is larger than 256 KiB: edit the file itself` };
  const text = decode(bytes);
  if (text === undefined) return { ...none, fault: `${named} is not in UTF-8: edit the file itself` };
  const plain = plainTextOf(text);
  const concealed = concealText(plain.text, concealOptions(instance));
  const fault = `${named} is not shown, as it is no valid YAML and nobody knows which part of it is a secret: edit the file itself, openai-balance config check says what is wrong`;
  return concealed === undefined ? { plain, concealed, fault } : { plain, concealed, fault: undefined };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
