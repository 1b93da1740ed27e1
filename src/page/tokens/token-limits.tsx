// How far the limits of a client token are used.
import { formatNumber } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { Meter } from "../ui/meter.tsx";
import type { TokenRow } from "./token-row.ts";

type Limit = TokenRow["limits"][number];

export function TokenLimits({ limits }: { readonly limits: readonly Limit[] }) {
  return (
    <ul class="limits">
      {limits.map((limit) => (
        <li key={limit.name}>
          <span class="soft">{nameOf(limit)}</span>
          <Meter label={labelOf(limit)} used={limit.used} limit={limit.limit} />
          <span class="number" aria-hidden="true">
            {useOf(limit)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function labelOf(limit: Limit): string {
  return `${nameOf(limit)}: ${useOf(limit)}`;
}

function nameOf({ name, per }: Limit): string {
  return per === undefined ? t(`tokens.limit.${name}`) : t(`tokens.budget_per.${per}`);
}

function useOf({ used, limit }: Limit): string {
  return t("tokens.used", { used: formatNumber(used), limit: formatNumber(limit) });
}
