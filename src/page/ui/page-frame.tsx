// The frame of each page: its heading, what can be done there, and what it shows.
import type { ComponentChildren } from "preact";

export interface PageFrameProps {
  readonly title: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** The heading takes the focus when the user comes from another page. */
export function PageFrame({ title, actions, children }: PageFrameProps) {
  return (
    <div class="page">
      <div class="page-head">
        <h1 tabIndex={-1}>{title}</h1>
        {actions !== undefined && <div class="row">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
