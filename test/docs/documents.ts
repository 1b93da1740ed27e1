// The README and the pages of docs/ that people write, and how tests read them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Document {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
}

export const ROOT = join(import.meta.dir, "../..");
/** Written by scripts/generate.ts and held against the program by tests of their own. */
const GENERATED = ["config.md", "commands.md", "control-api.md"];

/** The pages of docs/ that people write. */
export const PAGES = readdirSync(join(ROOT, "docs"))
  .filter((name) => name.endsWith(".md") && !GENERATED.includes(name))
  .toSorted()
  .map((name) => readDocument(`docs/${name}`));
export const README = readDocument("README.md");
export const README_ZH = readDocument("README.zh-CN.md");
export const DOCUMENTS = [README, README_ZH, ...PAGES];

function readDocument(path: string): Document {
  return { path, text: readFileSync(join(ROOT, path), "utf8") };
}

/** @throws Error if there is no such document. */
export function documentAt(path: string): Document {
  const found = DOCUMENTS.find((document) => document.path === path);
  if (found === undefined) throw new Error(`There is no ${path}`);
  return found;
}

/** What stands in fences of that language, in all documents or in a text. */
export function blocks(language: string, text = DOCUMENTS.map((document) => document.text).join("\n")): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, block = ""]) => block);
}

/** A section of a document, with its heading and all below it. @throws Error if it is not there. */
export function section(path: string, title: string): string {
  const { text } = documentAt(path);
  const start = text.indexOf(`\n## ${title}\n`);
  if (start < 0) throw new Error(`${path} has no section ${title}`);
  const end = text.indexOf("\n## ", start + 1);
  return text.slice(start, end < 0 ? undefined : end);
}

/** The cells of the rows of a table, without its head. */
export function rows(text: string): readonly (readonly string[])[] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands between backquotes in running text and tables. */
export function codesIn(text: string): readonly string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

function withoutBlocks(text: string): string {
  return text.replace(/^```.*?^```$/gms, "");
}
