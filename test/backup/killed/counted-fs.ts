// `node:fs` whose changes are counted.
import * as fs from "node:fs";
import { step } from "./kill-at-step.ts";

export const renameSync: typeof fs.renameSync = (from, to) => {
  step();
  fs.renameSync(from, to);
};

export const rmSync: typeof fs.rmSync = (path, options) => {
  if (fs.existsSync(path)) step();
  fs.rmSync(path, options);
};

export const fsyncSync: typeof fs.fsyncSync = (fd) => {
  step();
  fs.fsyncSync(fd);
};
