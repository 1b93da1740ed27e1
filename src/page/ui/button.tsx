// A button, in the forms that the page has.
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "size"> {
  readonly kind?: "plain" | "primary" | "danger" | "quiet";
  readonly isSmall?: boolean;
  /** What it began goes on: it cannot be pressed, and says so. */
  readonly isBusy?: boolean;
  readonly children: ComponentChildren;
}

export function Button({ kind = "plain", isSmall = false, isBusy = false, disabled, ...rest }: ButtonProps) {
  const classes = ["button", kind !== "plain" && `button-${kind}`, isSmall && "button-small"].filter(Boolean).join(" ");
  return <button type="button" class={classes} disabled={disabled === true || isBusy} aria-busy={isBusy} {...rest} />;
}
