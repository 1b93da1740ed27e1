// How a key fares, why, and what is said of it.
import type { ComponentChildren } from "preact";
import { formatNumber, formatShare } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { isolated, t } from "../texts/texts.ts";
import { StateBadge } from "../ui/badge.tsx";
import { DueTime } from "../ui/due-time.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import type { KeyRow } from "./key-row.ts";

export function KeyStanding({ row }: { readonly row: KeyRow }) {
  return (
    <section class="card" aria-labelledby="standing">
      <div class="card-head">
        <h2 id="standing">{t("key_edit.detail.state")}</h2>
        <StateBadge state={row.state} />
      </div>
      <KeyCause of={row} />
      <dl>
        {factsOf(row).map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
      </dl>
    </section>
  );
}

type Cause = Pick<KeyRow, "since" | "until" | "reason" | "status" | "message">;

/** Why something rests, since when and until when. */
export function KeyCause({ of }: { readonly of: Cause }) {
  const { status, reason, message, since, until } = of;
  const cause = reason === "operator" ? t("key_edit.detail.by_operator") : [status, reason].filter(Boolean).join(" ");
  return (
    <>
      {(cause !== "" || message !== undefined) && (
        <p>
          {cause !== "" && (
            <strong>
              <bdi>{cause}</bdi>
            </strong>
          )}{" "}
          <bdi>{message}</bdi>
        </p>
      )}
      {since !== undefined && (
        <p class="small soft">
          {t("key_edit.detail.since")} <RelativeTime at={since} />
        </p>
      )}
      {until !== undefined && (
        <p class="small soft">
          {t("key_edit.detail.until")} <DueTime at={until} />
        </p>
      )}
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

type Row = readonly [name: string, value: ComponentChildren];

function factsOf(row: KeyRow): readonly Row[] {
  const { id, masked, provider, source, added_at, models, groups } = row;
  const { in_flight, failures, used_24h, failed_24h, weight, priority } = row;
  const served =
    used_24h === 0 ? [] : [` (${t("key_edit.detail.good", { share: formatShare(1 - failed_24h / used_24h) })})`];
  return [
    [t("key_edit.detail.provider"), <Link href={pagePath("keys", { query: { provider } })}>{provider}</Link>],
    [t("key_edit.detail.masked"), <code>{masked}</code>],
    [t("key_edit.detail.id"), <code>{id}</code>],
    [t("key_edit.detail.source"), source],
    ...optional("added", added_at && <RelativeTime at={added_at} />),
    [t("key_edit.detail.used"), [formatNumber(used_24h), ...served]],
    [t("key_edit.detail.in_flight"), formatNumber(in_flight)],
    [t("key_edit.detail.failures"), formatNumber(failures)],
    [t("key_edit.fields.weight"), formatNumber(weight)],
    [t("key_edit.fields.priority"), formatNumber(priority)],
    [
      t("key_edit.fields.models"),
      models === undefined ? t("key_edit.detail.every_model") : <code>{models.map(isolated).join(", ")}</code>,
    ],
    ...optional("groups", groups.length > 0 && groups.map(isolated).join(", ")),
  ];
}

function optional(name: "added" | "groups", value: ComponentChildren): readonly Row[] {
  return value ? [[t(`key_edit.detail.${name}`), value]] : [];
}
