// Finds regular expressions whose time grows exponentially with the text, such as `(a+)+`.

/** An escape, a class of characters, the start of a group, its end with what repeats it, or another repetition. */
const PARTS =
  /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>|[\w-]*:))?|\)(?:[*+]|\{[\d,]+\})?|[*+]|\{[\d,]+\}/gsu;

/** Above it, a fixed number of repetitions is as bad as any number. */
const MANY = 10;

/** A group that contains a repetition of variable length is itself repeated without a bound, or many times. */
export function repeatsRepetition(pattern: string): boolean {
  const hasRepetition = [false];
  for (const [part] of pattern.matchAll(PARTS)) {
    if (part.startsWith("(")) hasRepetition.push(false);
    else if (part.startsWith(")")) {
      const isInside = hasRepetition.pop() ?? false;
      if (isInside && largest(part.slice(1)) >= MANY) return true;
      if (isInside || isVariable(part.slice(1))) hasRepetition[hasRepetition.length - 1] = true;
    } else if (isVariable(part)) hasRepetition[hasRepetition.length - 1] = true;
  }
  return false;
}

/** How often the quantifier repeats at most; 1 without one. */
function largest(quantifier: string): number {
  if (quantifier === "") return 1;
  const max = /(\d*)\}$/.exec(quantifier)?.[1] ?? "";
  return max === "" ? Infinity : Number(max);
}

function isVariable(quantifier: string): boolean {
  return /^(?:[*+]|\{\d*,\d*\})$/.test(quantifier);
}
