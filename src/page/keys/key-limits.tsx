// The limits of a key, and how much of each is used up.
import { formatDuration, formatNumber } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { Meter } from "../ui/meter.tsx";
import type { KeyRow } from "./key-row.ts";

type Limit = KeyRow["limits"][number];

export function KeyLimits({ limits }: Pick<KeyRow, "limits">) {
  return (
    <section class="card" aria-labelledby="limits">
      <h2 id="limits">{t("key_edit.limits")}</h2>
      {limits.length === 0 ? (
        <p class="soft">{t("key_edit.detail.no_limit")}</p>
      ) : (
        <ul class="key-edit-list stack">
          {limits.map((limit) => (
            <li key={`${limit.group} ${limit.model} ${limit.name} ${limit.source}`}>
              <LimitMeter limit={limit} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function LimitMeter({ limit }: { readonly limit: Limit }) {
  const { model, group, source, used, limit: most } = limit;
  const name = nameOf(limit);
  const figures = `${formatNumber(used)} / ${formatNumber(most)}`;
  const of = [model, group === undefined ? undefined : t("key_edit.detail.of_group", { group })];
  return (
    <>
      <div class="key-edit-limit">
        <span>
          {name}
          {of.map((word) => word !== undefined && <span key={word}> · {word}</span>)}
        </span>
        <strong class="number">{figures}</strong>
      </div>
      <Meter label={`${name}: ${figures}`} used={used} limit={most} />
      <span class="small soft">{t(`key_edit.limit_sources.${source}`)}</span>
    </>
  );
}

function nameOf({ name, window_s }: Limit): string {
  if (name === "learnt") return t("key_edit.detail.learnt", { time: formatDuration((window_s ?? 0) * 1_000) });
  return t(`key_edit.fields.${name}`);
}
