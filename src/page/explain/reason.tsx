// One thing that stands in a key's way, until when, and what the provider said.
import { formatNumber } from "../format/format.ts";
import { DueTime } from "../ui/due-time.tsx";
import { causeText, type Limit, limitsMeant, type Obstacle, reasonText, type Strategy } from "./obstacle-words.ts";

export interface ReasonProps {
  readonly obstacle: Obstacle;
  readonly limits: readonly Limit[];
  readonly strategy: Strategy | undefined;
}

export function Reason({ obstacle, limits, strategy }: ReasonProps) {
  const { until } = obstacle;
  const cause = causeText(obstacle);
  const meant = limitsMeant(obstacle, limits);
  return (
    <>
      {reasonText(obstacle, strategy)}
      {until !== undefined && (
        <>
          {" "}
          (<DueTime at={until} />)
        </>
      )}
      {cause !== "" && <bdi class="soft">: {cause}</bdi>}
      {meant.length > 0 && <span class="soft">: {meant.map(limitText).join(", ")}</span>}
    </>
  );
}

function limitText({ name, used, limit }: Limit): string {
  return `${name} ${formatNumber(used)} / ${formatNumber(limit)}`;
}
