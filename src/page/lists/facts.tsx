// What is known of one thing, each fact with its name; what is not known is left out.
import type { ComponentChildren } from "preact";

export type Fact = readonly [name: string, value: ComponentChildren];

/** `undefined` and `false` are what is not known. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  const known = facts.filter(([, value]) => value !== undefined && value !== false);
  if (known.length === 0) return null;
  return (
    <dl class="facts">
      {known.map(([name, value]) => (
        <div key={name} class="fact">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Patterns, names, addresses: one after the other, as they are. */
export function Words({ words }: { readonly words: readonly string[] }) {
  return (
    <ul class="words">
      {words.map((word) => (
        <li key={word}>
          <code dir="auto">{word}</code>
        </li>
      ))}
    </ul>
  );
}
