// Reads the way to a setting as it is typed: `providers[0].path`, `providers.openai.path`, `models."gpt-4.1"`.

/** A name, which may be a part of a longer one with dots unless it was quoted, or a position in a list. */
export type PathStep =
  | { readonly kind: "name"; readonly name: string; readonly isQuoted: boolean }
  | { readonly kind: "position"; readonly index: number };

/** Each name follows a dot, also the first, before which one is put. */
const STEP = /\[(\d{1,6})\]|\.(?:"((?:[^"\\]|\\.)+)"|'([^']+)'|([^.[\]"'\s]+))/y;

/** The steps from the top; undefined if the text is no path. */
export function parsePath(text: string): readonly PathStep[] | undefined {
  const dotted = `.${text.trim()}`;
  const steps: PathStep[] = [];
  STEP.lastIndex = 0;
  for (let end = 0; end < dotted.length; end = STEP.lastIndex) {
    const match = STEP.exec(dotted);
    if (match === null) return undefined;
    const [, position, double, single, plain] = match;
    if (position !== undefined) steps.push({ kind: "position", index: Number(position) });
    else if (plain !== undefined) steps.push({ kind: "name", name: plain, isQuoted: false });
    else steps.push({ kind: "name", name: single ?? double?.replace(/\\(.)/g, "$1") ?? "", isQuoted: true });
  }
  return steps;
}
