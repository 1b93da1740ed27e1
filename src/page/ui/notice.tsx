// What must be read: a fault, a warning, a hint; and what stands where there is nothing.
import type { ComponentChildren } from "preact";

export interface NoticeProps {
  readonly kind?: "info" | "good" | "warn" | "bad";
  readonly children: ComponentChildren;
}

/** A fault is said at once, everything else when there is time. */
export function Notice({ kind = "info", children }: NoticeProps) {
  return (
    <div class={`notice notice-${kind}`} role={kind === "bad" ? "alert" : "status"}>
      {children}
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Where something is being loaded, in about its size. */
export function Skeleton({ lines = 3, label }: { readonly lines?: number; readonly label: string }) {
  return (
    <div class="stack" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} class="skeleton" />
      ))}
    </div>
  );
}
