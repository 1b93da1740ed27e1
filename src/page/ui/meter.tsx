// How much of something is used up.

export interface MeterProps {
  /** For those who hear the page, with the figures. */
  readonly label: string;
  readonly used: number;
  readonly limit: number;
}

export function Meter({ label, used, limit }: MeterProps) {
  const share = limit <= 0 ? 1 : Math.min(1, used / limit);
  return (
    <span class={share >= 1 ? "meter meter-full" : "meter"} role="img" aria-label={label}>
      <span style={{ width: `${Math.round(share * 100)}%` }} />
    </span>
  );
}
