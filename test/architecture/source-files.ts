// The program's source files and what each of them imports.
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

export const ROOT = join(import.meta.dir, "../..");

export interface SourceFile {
  /** From the project's root, for example `src/core/ids.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** Specifiers as written: static, dynamic, `import type` and re-exports. */
  readonly imports: readonly string[];
}

/** All TypeScript files below these folders, those with elements in them too. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    [...new Glob(`${folder}/**/*.{ts,tsx}`).scanSync(ROOT)].sort().map((path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      return { path, text, lines: text.trimEnd().split("\n"), imports: importsOf(text) };
    }),
  );
}

/** `src/core/ids.ts` belongs to `core`, `src/main.ts` to no folder. */
export function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** The file that a relative specifier names, from the project's root; undefined for packages. */
export function targetOf(file: SourceFile, specifier: string): string | undefined {
  return specifier.startsWith(".") ? normalize(join(dirname(file.path), specifier)) : undefined;
}

/** Bun's own scanner does not see `import type`. */
export function importsOf(text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const forms = [
    /^\s*(?:import|export)\s[^"'`;]*?\sfrom\s*["']([^"']+)["']/gm,
    /^\s*import\s*["']([^"']+)["']/gm,
    /\bimport\s*\(\s*["']([^"']+)["']/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ""));
}
