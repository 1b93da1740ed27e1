// One thing of a list: its name, how it fares, what is known of it, and what can be done with it.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface ItemCardProps {
  readonly name: string;
  /** Badges beside the name. */
  readonly state?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children?: ComponentChildren;
}

export function ItemCard({ name, state, actions, children }: ItemCardProps) {
  const id = useId();
  return (
    <article class="card item" aria-labelledby={id}>
      <div class="card-head">
        <div class="row">
          <h2 id={id} dir="auto">
            {name}
          </h2>
          {state}
        </div>
        {actions !== undefined && <div class="row">{actions}</div>}
      </div>
      {children}
    </article>
  );
}
