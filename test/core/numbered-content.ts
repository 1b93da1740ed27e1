// Contents of a file that say which they are, and whether all of them is there.

/** In pieces; no two in a row are of one size. */
export function numberedContent(number: number): readonly string[] {
  return [
    `${number}\n`,
    ...Array.from({ length: 1 + (number % 5) }, () => `${number} `.repeat(2_000)),
    `\nend ${number}`,
  ];
}

/** @throws unless the text is a whole content. */
export function numberOf(text: string): number {
  const number = Number.parseInt(text, 10);
  if (numberedContent(number).join("") === text) return number;
  throw new Error(
    `Cannot read a content of ${text.length} characters that begins with ${text.slice(0, 20)}: it is not whole`,
  );
}
