// Text that the demo provider pretends to have thought of.

const SENTENCES = [
  "The request went to one of five pretended keys, and a key that refuses is replaced before you notice.",
  "One of the keys here is dead, so its first answer is an error that never reaches you.",
  "Another key is rate-limited: it serves a request now and then, and rests in between.",
  "Streams arrive word by word, with a small pause between the words, as a real model sends them.",
  "Nothing leaves this machine, no account is charged, and no model was asked.",
  "The same address takes real traffic as soon as a real key is configured.",
  "Every answer counts its tokens, so that programs which read the usage find it where they expect it.",
  "Send a few requests at once and watch the log to see how they are spread.",
] as const;

const QUOTED_CHARACTERS = 60;

/** Some words that fit the prompt: each with the space before it, together the whole text. */
export function demoWords(prompt: string, random: () => number): readonly string[] {
  const rest = [...SENTENCES];
  const chosen = Array.from({ length: 2 + Math.floor(random() * 3) }, () =>
    rest.splice(Math.floor(random() * rest.length), 1).join(""),
  );
  return `${opening(prompt)} ${chosen.join(" ")}`.match(/\s*\S+/g) ?? [];
}

/** About as many tokens as a model would count. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

function opening(prompt: string): string {
  const words = prompt.replace(/\s+/g, " ").trim();
  if (words === "") return "This is the demo provider.";
  const quoted = words.length > QUOTED_CHARACTERS ? `${words.slice(0, QUOTED_CHARACTERS).trimEnd()}...` : words;
  return `This is the demo provider, and you said: "${quoted}".`;
}
