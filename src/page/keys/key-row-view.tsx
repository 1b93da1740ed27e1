// One key in the table, or the place of one that is being loaded.
import { formatNumber, formatShare } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { StateBadge } from "../ui/badge.tsx";
import { DueTime } from "../ui/due-time.tsx";
import { Meter } from "../ui/meter.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import { GridCell, GridRow } from "./grid-parts.tsx";
import type { KeyRow } from "./key-row.ts";
import { fullestLimit, limitText, untilOf, whyText } from "./key-why.ts";

export interface KeyRowViewProps {
  readonly id: string;
  readonly index: number;
  readonly row: KeyRow | undefined;
  /** The arrow keys have led here. */
  readonly isActive: boolean;
  readonly isChosen: boolean;
  readonly onPress: (event: MouseEvent) => void;
}

export function KeyRowView({ id, index, row, isActive, isChosen, onPress }: KeyRowViewProps) {
  const classes = ["keys-row", isActive && "keys-row-active", isChosen && "keys-row-chosen"].filter(Boolean).join(" ");
  // The head is the first row.
  const place = index + 2;
  if (row === undefined) {
    return (
      <GridRow place={place} class={classes} id={id} aria-busy="true">
        <GridCell name="loading">
          <span class="skeleton" />
          <span class="unseen">{t("ui.loading")}</span>
        </GridCell>
      </GridRow>
    );
  }
  return (
    <GridRow place={place} class={classes} id={id} aria-selected={isChosen} onClick={onPress}>
      <KeyCells row={row} isChosen={isChosen} />
      <KeyFigures row={row} />
    </GridRow>
  );
}

function KeyCells({ row, isChosen }: { readonly row: KeyRow; readonly isChosen: boolean }) {
  const until = untilOf(row);
  const why = whyText(row);
  return (
    <>
      <GridCell name="mark">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isChosen}
          readOnly
          aria-label={t("keys.choose", { name: row.name })}
        />
      </GridCell>
      <GridCell name="name" title={row.name}>
        <Link href={pagePath("keys", { rest: row.id })}>{row.name}</Link>
        {!row.name.startsWith(row.masked) && <span class="mono soft">{row.masked}</span>}
      </GridCell>
      <GridCell name="provider" title={row.provider}>
        {row.provider}
      </GridCell>
      <GridCell name="state">
        <StateBadge state={row.state} />
      </GridCell>
      <GridCell name="why" title={why}>
        {why}
      </GridCell>
      <GridCell name="until">{until !== undefined && <DueTime at={until} />}</GridCell>
    </>
  );
}

function KeyFigures({ row }: { readonly row: KeyRow }) {
  const { in_flight, used_24h, failed_24h, last_used } = row;
  const limit = fullestLimit(row);
  return (
    <>
      <GridCell name="flight" isNumber label={in_flight > 0 ? t("keys.columns.in_flight") : undefined}>
        {in_flight > 0 && formatNumber(in_flight)}
      </GridCell>
      <GridCell name="limits" title={row.limits.map(limitText).join("\n")}>
        {limit !== undefined && (
          <>
            <Meter label={limitText(limit)} used={limit.used} limit={limit.limit} />
            <span class="small soft" aria-hidden="true">
              {limitText(limit)}
            </span>
          </>
        )}
      </GridCell>
      <GridCell
        name="success"
        isNumber
        title={t("keys.of_attempts", { count: used_24h })}
        label={used_24h > 0 ? t("keys.columns.success") : undefined}
      >
        {used_24h > 0 && formatShare(1 - failed_24h / used_24h)}
      </GridCell>
      <GridCell name="used">{last_used !== undefined && <RelativeTime at={last_used} />}</GridCell>
    </>
  );
}
