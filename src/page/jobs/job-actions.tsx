// Runs a job now, stops it, or takes it up again.
import { useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Confirm, type ConfirmProps } from "../ui/dialog.tsx";
import type { JobProps } from "./job-row.ts";

export function JobActions({ job: { name, running, stopped_at: stoppedAt }, onChanged }: JobProps) {
  // A run may take long, and can be stopped meanwhile.
  const runs = useAction();
  const { run, isBusy } = useAction();
  const [isAsking, setAsking] = useState(false);
  const begin = () => runJob(name, runs.run).then(onChanged);
  const set = async (isStopped: boolean) => {
    await run(async () => {
      await callOperation(isStopped ? "jobs.stop" : "jobs.start", { job: name });
      return t(isStopped ? "jobs.stopped" : "jobs.started", { name });
    });
    setAsking(false);
    onChanged();
  };
  return (
    <>
      <Button isSmall isBusy={runs.isBusy} aria-label={t("jobs.run_named", { name })} onClick={begin}>
        {t("jobs.run")}
      </Button>
      {stoppedAt === undefined ? (
        <Button isSmall aria-label={t("jobs.stop_named", { name })} onClick={() => setAsking(true)}>
          {t("jobs.stop")}
        </Button>
      ) : (
        <Button isSmall isBusy={isBusy} aria-label={t("jobs.start_named", { name })} onClick={() => set(false)}>
          {t("jobs.start")}
        </Button>
      )}
      {isAsking && (
        <StopDialog
          name={name}
          isRunning={running !== undefined}
          isBusy={isBusy}
          onConfirm={() => void set(true)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

interface StopDialogProps extends Pick<ConfirmProps, "onConfirm" | "onClose"> {
  readonly name: string;
  readonly isRunning: boolean;
  readonly isBusy: boolean;
}

function StopDialog({ name, isRunning, ...rest }: StopDialogProps) {
  return (
    <Confirm title={t("jobs.stop_title", { name })} action={t("jobs.stop")} {...rest}>
      <p>{t("jobs.stop_about")}</p>
      {isRunning && <p>{t("jobs.stop_breaks_off")}</p>}
    </Confirm>
  );
}

/** The run is the daemon's: it goes on when the page is left. */
function runJob(name: string, run: ReturnType<typeof useAction>["run"]): Promise<boolean> {
  return run(async () => {
    const { run: ended } = await callOperation("jobs.run", { job: name, wait: true });
    if (ended?.fault !== undefined) throw new Error(ended.fault);
    if (ended?.broken_off === true) return t("jobs.was_broken_off", { name });
    return ended?.result === undefined ? t("jobs.ran", { name }) : `${name}: ${ended.result}`;
  });
}
