// Patterns for names of models: `*` stands for any run of characters, `?` for one.

/** A predicate that is true for a text that at least one pattern matches as a whole; case counts, and `*` crosses `/`. */
export function compileGlobs(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.includes("*")) return () => true;
  const exact = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const wild = patterns.filter((pattern) => /[*?]/.test(pattern)).map((pattern) => [...pattern]);
  return (text) => exact.has(text) || (wild.length > 0 && matchesAny(wild, [...text]));
}

function matchesAny(patterns: readonly (readonly string[])[], text: readonly string[]): boolean {
  return patterns.some((pattern) => matches(pattern, text));
}

/** Greedy with one point to return to, so that no pattern can make it take more than pattern x text steps. */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let inPattern = 0;
  let inText = 0;
  let star = -1;
  let starText = 0;
  while (inText < text.length) {
    if (pattern[inPattern] === "*") {
      star = inPattern++;
      starText = inText;
    } else if (pattern[inPattern] === "?" || pattern[inPattern] === text[inText]) {
      inPattern++;
      inText++;
    } else if (star >= 0) {
      inPattern = star + 1;
      inText = ++starText;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === "*") inPattern++;
  return inPattern === pattern.length;
}
