// The keys of the route as a list: which is picked, which would serve, and why every other would not.
import { useState } from "preact/hooks";
import { formatNumber } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { isolated, t } from "../texts/texts.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Segments } from "../ui/tabs.tsx";
import { type ExplainedKey, reasonText } from "./obstacle-words.ts";
import type { Explained } from "./outcome.tsx";
import { Reason } from "./reason.tsx";

export interface CandidatesProps {
  readonly found: Explained;
  readonly onMore: () => void;
}

type Choice = ExplainedKey["choice"];
type Shown = "all" | "serving" | "skipped";

const TONES: Readonly<Record<Choice, Tone>> = { picked: "good", usable: "info", skipped: "idle" };

export function Candidates({ found, onMore }: CandidatesProps) {
  const [shown, setShown] = useState<Shown>("all");
  const { keys, choices } = found;
  const total = totalOf(found);
  const wanted = keys.filter(({ choice }) => shown === "all" || (shown === "skipped") === (choice === "skipped"));
  return (
    <section class="card" aria-labelledby="explain-keys">
      <div class="card-head">
        <h2 id="explain-keys">{t("explain.keys", { count: total })}</h2>
        <Segments label={t("explain.show")} choices={segmentsOf(choices, total)} current={shown} onChange={setShown} />
      </div>
      <Reasons found={found} />
      {wanted.length === 0 && <p class="soft">{t(total === 0 ? "explain.no_keys" : "explain.none_such")}</p>}
      <ul class="candidates">
        {wanted.map((key) => (
          <li key={`${key.tier}/${key.provider}/${key.model ?? ""}/${key.id}`}>
            <Candidate candidate={key} found={found} />
          </li>
        ))}
      </ul>
      {keys.length < total && (
        <div class="row">
          <span class="soft">{t("explain.not_listed", { count: total - keys.length })}</span>
          <Button isSmall onClick={onMore}>
            {t("explain.more")}
          </Button>
        </div>
      )}
    </section>
  );
}

/** How many candidates the route has, also those that are not listed. */
export function totalOf({ choices: { picked, usable, skipped } }: Explained): number {
  return picked + usable + skipped;
}

function segmentsOf({ picked, usable, skipped }: Explained["choices"], total: number) {
  const numbered = (text: string, count: number) => `${text} (${formatNumber(count)})`;
  return [
    { name: "all", text: numbered(t("explain.all"), total) },
    { name: "serving", text: numbered(t("explain.serving"), picked + usable) },
    { name: "skipped", text: numbered(t("explain.skipped"), skipped) },
  ] as const;
}

/** What stands in the way of how many, where a look at each would be long. */
function Reasons({ found: { reasons, route } }: { readonly found: Explained }) {
  if (reasons.length === 0) return null;
  return (
    <ul class="reasons small" aria-label={t("explain.reasons")}>
      {reasons.map(({ code, keys }) => (
        <li key={code}>
          <strong>{formatNumber(keys)}</strong> {reasonText({ code }, route[0]?.strategy)}
        </li>
      ))}
    </ul>
  );
}

interface CandidateProps {
  readonly candidate: ExplainedKey;
  readonly found: Explained;
}

function Candidate({ candidate, found: { route } }: CandidateProps) {
  const { id, name, provider, model, tier, choice, why, limits, proxy } = candidate;
  const place = route.length > 1 ? t("explain.tier", { number: tier + 1 }) : undefined;
  // Where all ask for the same it stands above.
  const asked = route.flatMap(({ targets }) => targets).length > 1 ? model : undefined;
  return (
    <>
      <div class="row">
        <Badge tone={TONES[choice]}>{t(`explain.choice.${choice}`)}</Badge>
        <bdi>
          <Link href={pagePath("keys", { rest: id })}>{name}</Link>
        </bdi>
        <bdi class="soft small">
          {[provider, asked && isolated(asked), place, proxy].filter((part) => part !== undefined).join(" · ")}
        </bdi>
      </div>
      {why.length > 0 && (
        <ul class="candidate-why small">
          {why.map((obstacle, index) => (
            <li key={index}>
              <Reason obstacle={obstacle} limits={limits ?? []} strategy={route[tier]?.strategy} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
