// A link inside the page, which loads no document.
import type { ComponentChildren } from "preact";
import { navigate } from "./route.ts";

export interface LinkProps {
  readonly href: string;
  readonly class?: string;
  /** It leads to what is shown now. */
  readonly isCurrent?: boolean;
  /** For those who hear the page, where its content does not say enough. */
  readonly label?: string | undefined;
  readonly children: ComponentChildren;
}

export function Link({ href, class: classes, isCurrent = false, label, children }: LinkProps) {
  const follow = (event: MouseEvent) => {
    // Whoever wants another tab or window gets it from the browser.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a href={href} class={classes} aria-current={isCurrent ? "page" : undefined} aria-label={label} onClick={follow}>
      {children}
    </a>
  );
}
