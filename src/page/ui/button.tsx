// A button, in the forms that the page has.
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "size"> {
  readonly kind?: "plain" | "primary" | "danger" | "quiet";
  readonly isSmall?: boolean;
  /** What it began goes on: it cannot be pressed, and says so. It keeps the focus, which a disabled one would lose. */
  readonly isBusy?: boolean;
  readonly children: ComponentChildren;
}

export function Button({ kind = "plain", isSmall = false, isBusy = false, disabled, onClick, ...rest }: ButtonProps) {
  const classes = ["button", kind !== "plain" && `button-${kind}`, isSmall && "button-small"].filter(Boolean).join(" ");
  const isHeld = isBusy && disabled !== true;
  return (
    <button
      type="button"
      class={classes}
      disabled={disabled}
      aria-busy={isBusy}
      aria-disabled={isHeld || undefined}
      {...rest}
      onClick={isHeld ? refusePress : onClick}
    />
  );
}

/** Also keeps a form from being sent by it. */
function refusePress(event: Event): void {
  event.preventDefault();
}
