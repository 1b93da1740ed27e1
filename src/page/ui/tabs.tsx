// Tabs (WAI-ARIA Authoring Practices, tabs pattern), and a choice among a few.
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

export interface Tab<Name extends string> {
  readonly name: Name;
  readonly text: string;
}

export interface TabsProps<Name extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly current: Name;
  readonly onChange: (name: Name) => void;
  /** What the current tab shows. */
  readonly children: ComponentChildren;
}

export function Tabs<Name extends string>({ label, tabs, current, onChange, children }: TabsProps<Name>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const index = tabs.findIndex(({ name }) => name === current);
    const next = (index + step + tabs.length) % tabs.length;
    const name = tabs[next]?.name;
    if (name === undefined) return;
    onChange(name);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <>
      <div ref={list} class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map(({ name, text }) => (
          <button
            key={name}
            type="button"
            class="tab"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={name === current}
            aria-controls={`${id}-panel`}
            tabIndex={name === current ? 0 : -1}
            onClick={() => onChange(name)}
          >
            {text}
          </button>
        ))}
      </div>
      <div class="stack" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${current}`}>
        {children}
      </div>
    </>
  );
}

export interface SegmentsProps<Name extends string> {
  readonly label: string;
  readonly choices: readonly Tab<Name>[];
  readonly current: Name;
  readonly onChange: (name: Name) => void;
}

/** One of a few, at once. */
export function Segments<Name extends string>({ label, choices, current, onChange }: SegmentsProps<Name>) {
  return (
    <fieldset class="segments" aria-label={label}>
      {choices.map(({ name, text }) => (
        <button
          key={name}
          type="button"
          class="button button-small"
          aria-pressed={name === current}
          onClick={() => onChange(name)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}
