// Tests the chosen keys with real calls, and shows each result as it comes.
import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiFailure, toFailure } from "../api/api-failure.ts";
import { streamOperation } from "../api/call-operation.ts";
import { formatDuration, formatNumber } from "../format/format.ts";
import { MANY_CALLS } from "../lists/many-calls.ts";
import { t } from "../texts/texts.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Confirm, Dialog } from "../ui/dialog.tsx";
import { Notice } from "../ui/notice.tsx";
import { type KeyChoice, testInput } from "./key-choice.ts";
import type { KeyFilter } from "./key-filter.ts";
import { NO_RESULTS, type TestProgress, type TestResult, withResult } from "./test-progress.ts";

export interface BulkTestDialogProps {
  readonly choice: KeyChoice;
  /** Keys that are chosen. */
  readonly count: number;
  readonly filter: KeyFilter;
  readonly onClose: () => void;
}

/** Asks first where it makes many calls. */
export function BulkTestDialog(props: BulkTestDialogProps) {
  const { count, onClose } = props;
  const [isMeant, setMeant] = useState(count <= MANY_CALLS);
  if (isMeant) return <RunningTest {...props} />;
  return (
    <Confirm
      title={t("keys.test_ask", { count })}
      action={t("keys.test")}
      onConfirm={() => setMeant(true)}
      onClose={onClose}
    >
      <p>{t("overview.ask.test", { count })}</p>
    </Confirm>
  );
}

function RunningTest({ choice, filter, onClose }: BulkTestDialogProps) {
  const { progress, failure, isRunning, stop } = useKeyTest(choice, filter);
  const { total, done, succeeded } = progress;
  const figures = t("keys.tested", { done: formatNumber(done), total: formatNumber(total ?? 0) });
  return (
    <Dialog title={t("keys.test_title")} size="wide" onClose={onClose}>
      {failure !== undefined && <Notice kind="bad">{failure.message}</Notice>}
      <div class="stack" role="status">
        <p>
          {total === undefined && isRunning ? t("keys.test_begins") : figures}
          {done > 0 &&
            ` · ${t("keys.test_sums", { good: formatNumber(succeeded), bad: formatNumber(done - succeeded) })}`}
          {!isRunning && total === undefined && failure === undefined && ` · ${t("keys.test_none")}`}
        </p>
        <progress class="keys-progress" aria-label={t("keys.test_title")} value={done} max={Math.max(1, total ?? 1)} />
      </div>
      <TestResults results={progress.results} hidden={progress.hidden} />
      <div class="row row-end">
        {isRunning && <Button onClick={stop}>{t("keys.test_stop")}</Button>}
        <Button kind="primary" onClick={onClose}>
          {t("ui.close")}
        </Button>
      </div>
    </Dialog>
  );
}

/** Begins at once; whoever closes it ends it. */
function useKeyTest(choice: KeyChoice, filter: KeyFilter) {
  const [progress, setProgress] = useState<TestProgress>(NO_RESULTS);
  const [failure, setFailure] = useState<ApiFailure>();
  const [isRunning, setRunning] = useState(true);
  const running = useRef<AbortController>(null);
  // What was chosen when the dialog opened is tested.
  useEffect(() => {
    const gone = new AbortController();
    running.current = gone;
    runTest(testInput(choice, filter), gone.signal, setProgress)
      .catch((error: unknown) => gone.signal.aborted || setFailure(toFailure(error)))
      .finally(() => setRunning(false));
    return () => gone.abort();
  }, []);
  return { progress, failure, isRunning, stop: () => running.current?.abort() };
}

/** Results that come together are shown together. @throws ApiFailure. */
async function runTest(
  input: ReturnType<typeof testInput>,
  signal: AbortSignal,
  show: (progress: TestProgress) => void,
): Promise<void> {
  let progress = NO_RESULTS;
  let isDue = false;
  try {
    for await (const result of streamOperation("test", input, signal)) {
      progress = withResult(progress, result);
      if (isDue) continue;
      isDue = true;
      requestAnimationFrame(() => {
        isDue = false;
        show(progress);
      });
    }
  } finally {
    show(progress);
  }
}

interface TestResultsProps {
  readonly results: readonly TestResult[];
  /** How many besides are not shown. */
  readonly hidden: number;
}

function TestResults({ results, hidden }: TestResultsProps) {
  if (results.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled must be reached by the keyboard
    <section class="keys-results" tabIndex={0} aria-label={t("keys.results")}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t("keys.columns.name")}</th>
            <th scope="col">{t("keys.result")}</th>
            <th scope="col" class="number">
              {t("keys.latency")}
            </th>
          </tr>
        </thead>
        <tbody>
          {results.map((result) => (
            <TestResultRow key={result.key_id} result={result} />
          ))}
        </tbody>
      </table>
      {hidden > 0 && <p class="soft small">{t("keys.more_results", { count: hidden })}</p>}
    </section>
  );
}

function TestResultRow({ result }: { readonly result: TestResult }) {
  const { key, key_id, provider, is_ok, status, outcome, reason, message, latency_ms } = result;
  const cause = [status, reason ?? outcome].filter((word) => word !== undefined).join(" ");
  return (
    <tr>
      <td>
        {key ?? key_id}
        <div class="soft small">{provider}</div>
      </td>
      <td>
        <Badge tone={is_ok ? "good" : "bad"}>{is_ok ? t("keys.works") : t("keys.fails")}</Badge>
        {!is_ok && <div class="small">{message === undefined ? cause : `${cause}: ${message}`}</div>}
      </td>
      <td class="number">{formatDuration(latency_ms)}</td>
    </tr>
  );
}
