// `node:fs/promises` whose changes are counted.
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import { step } from "./kill-at-step.ts";

export async function open(...args: Parameters<typeof fs.open>): Promise<fs.FileHandle> {
  step();
  return fs.open(...args);
}

export async function rename(...args: Parameters<typeof fs.rename>): Promise<void> {
  step();
  return fs.rename(...args);
}

export async function link(...args: Parameters<typeof fs.link>): Promise<void> {
  step();
  return fs.link(...args);
}

export async function rm(...[path, options]: Parameters<typeof fs.rm>): Promise<void> {
  if (existsSync(path)) step();
  return fs.rm(path, options);
}
