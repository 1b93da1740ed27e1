// What needs attention now, each with what can be done about it by one press of a button.
import { useEffect, useRef, useState } from "preact/hooks";
import { useAction } from "../api/use-action.ts";
import { MANY_CALLS } from "../lists/many-calls.ts";
import { Link } from "../router/link.tsx";
import { t, textOf } from "../texts/texts.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { AttentionDetails } from "./attention-details.tsx";
import { attentionLink, attentionTitle } from "./attention-words.ts";
import { type Attention, type AttentionAction, isKnownAction, runAction } from "./run-attention.ts";
import type { Overview } from "./use-overview.ts";

const TONES: Readonly<Record<Attention["weight"], Tone>> = { critical: "bad", warning: "warn", notice: "info" };

export interface AttentionListProps {
  readonly overview: Overview;
  /** Called after each thing that was done, whatever came of it. */
  readonly onDone: () => void;
}

export function AttentionList({ overview, onDone }: AttentionListProps) {
  const title = useRef<HTMLHeadingElement>(null);
  const hasActed = useRef(false);
  const { attention } = overview;
  // The button that was pressed may be gone: whoever uses the keyboard goes on from here, not from the top of the page.
  useEffect(() => {
    if (hasActed.current && document.activeElement === document.body) title.current?.focus();
    hasActed.current = false;
  }, [attention]);
  const done = () => {
    hasActed.current = true;
    onDone();
  };
  return (
    <section class="stack" aria-labelledby="attention">
      <h2 ref={title} id="attention" tabIndex={-1}>
        {t("overview.attention")}
      </h2>
      <Items overview={overview} onDone={done} />
    </section>
  );
}

function Items({ overview: { attention, more_attention }, onDone }: AttentionListProps) {
  if (attention.length === 0) {
    return (
      <p class="row" role="status">
        <Badge tone="good">{t("overview.well")}</Badge>
      </p>
    );
  }
  return (
    <>
      <ul class="overview-list overview-attention">
        {attention.map((item) => (
          <li key={nameOf(item)} class={`overview-item overview-item-${item.weight}`}>
            <AttentionItem item={item} onDone={onDone} />
          </li>
        ))}
      </ul>
      {more_attention > 0 && <p class="soft small">{t("overview.more", { count: more_attention })}</p>}
    </>
  );
}

/** The same thing keeps its name while its figures change. */
function nameOf({ kind, provider, subject, actions: [first] }: Attention): string {
  // Masked, the addresses of two proxies may be the same.
  const proxy = kind.startsWith("proxy_") ? JSON.stringify(first?.input) : "";
  return [kind, provider, subject, proxy].join(" ");
}

function AttentionItem({ item, onDone }: { readonly item: Attention; readonly onDone: () => void }) {
  const { run, isBusy } = useAction();
  const [asked, setAsked] = useState<AttentionAction>();
  const [running, setRunning] = useState<AttentionAction>();
  const act = async (action: AttentionAction) => {
    setRunning(action);
    await run(() => runAction(action));
    setAsked(undefined);
    onDone();
  };
  return (
    <>
      <div class="card-head">
        <h3>
          <Badge tone={TONES[item.weight]}>{t(`overview.weights.${item.weight}`)}</Badge> {attentionTitle(item)}
        </h3>
        <div class="row">
          <Actions
            item={item}
            running={isBusy ? running : undefined}
            onPress={(action) => (mustAsk(action, item) ? setAsked(action) : act(action))}
          />
          <MoreLink item={item} />
        </div>
      </div>
      <AttentionDetails item={item} />
      {asked !== undefined && (
        <Question
          item={item}
          action={asked}
          isBusy={isBusy}
          onConfirm={() => act(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

interface ActionsProps {
  readonly item: Attention;
  readonly running: AttentionAction | undefined;
  readonly onPress: (action: AttentionAction) => void;
}

function Actions({ item, running, onPress }: ActionsProps) {
  return item.actions.filter(isKnownAction).map((action) => (
    <Button
      key={action.operation}
      isSmall
      kind={action.operation === "keys.remove" ? "danger" : "plain"}
      isBusy={running?.operation === action.operation}
      disabled={running !== undefined && running.operation !== action.operation}
      onClick={() => onPress(action)}
    >
      {actionText(action)}
    </Button>
  ));
}

function MoreLink({ item }: { readonly item: Attention }) {
  const link = attentionLink(item);
  if (link === undefined) return null;
  return (
    <Link class="button button-small" href={link.href}>
      {link.text}
    </Link>
  );
}

interface QuestionProps {
  readonly item: Attention;
  readonly action: AttentionAction;
  readonly isBusy: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

function Question({ item, action, ...rest }: QuestionProps) {
  const isRemoval = action.operation === "keys.remove";
  return (
    <Confirm title={actionText(action)} action={actionText(action)} {...rest}>
      <p>{attentionTitle(item)}</p>
      <p>{isRemoval ? t("overview.ask.remove") : t("overview.ask.test", { count: item.count ?? 0 })}</p>
    </Confirm>
  );
}

function mustAsk({ operation }: AttentionAction, { count = 0 }: Attention): boolean {
  return operation === "keys.remove" || (operation === "test" && count > MANY_CALLS);
}

function actionText({ operation }: AttentionAction): string {
  return textOf(`overview.actions.${operation.replace(".", "_")}`) ?? operation;
}
