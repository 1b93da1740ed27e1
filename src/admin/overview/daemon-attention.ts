// What of the daemon itself needs attention: its files, configuration, jobs, webhooks and outbound proxies.
import { certificateEnd } from "../../core/certificate-end.ts";
import type { DaemonStatus } from "../daemon-port.ts";
import type { FailingProxy } from "../failing-proxies.ts";
import { faultsOf } from "../faults.ts";
import { isoTime } from "../iso-time.ts";
import type { JobReport } from "../jobs-port.ts";
import type { ControlPorts } from "../ports.ts";
import { isFailingWebhook } from "../webhook-notes.ts";
import type { WebhookReport } from "../webhooks-port.ts";
import { type AttentionRow, attentionOf, press } from "./attention.ts";

const MOST_DETAILS = 10;

/** `status`: of the daemon. */
export function daemonAttention(ports: ControlPorts, status: DaemonStatus): readonly AttentionRow[] {
  return [
    ...ofFiles(ports),
    ...ofReload(status),
    ...ofCertificate(ports),
    ...ofLosses(ports, status),
    ...ports.jobs.list().flatMap(ofJob),
    ...ports.webhooks.list().filter(isFailingWebhook).map(ofWebhook),
  ];
}

export function proxyAttention({ id, shown, state, since, until, fault }: FailingProxy): AttentionRow {
  const enable = press("proxies.enable", { proxies: [id] });
  const facts = { subject: shown, since: timeOf(since), until: timeOf(until) };
  if (state === "disabled") return attentionOf("proxy_disabled", "critical", facts, [enable]);
  const why = { reason: fault?.code, message: fault?.detail };
  const test = press("proxies.test", { proxies: [id] });
  return attentionOf("proxy_out", "warning", { ...facts, ...why }, [test, enable]);
}

function ofFiles(ports: ControlPorts): readonly AttentionRow[] {
  const { store_fault, save_fault, records_fault } = faultsOf(ports);
  const { fault } = ports.tokens;
  return [
    ...(store_fault === undefined ? [] : [attentionOf("store_fault", "critical", { message: store_fault })]),
    ...(fault === undefined ? [] : [attentionOf("token_store_fault", "critical", { message: fault })]),
    ...(save_fault === undefined ? [] : [attentionOf("save_fault", "critical", { message: save_fault })]),
    ...(records_fault === undefined ? [] : [attentionOf("records_fault", "warning", { message: records_fault })]),
  ];
}

function ofReload({ lastReload }: DaemonStatus): readonly AttentionRow[] {
  if (lastReload === undefined) return [];
  const { at, isOk, diagnostics, needRestart } = lastReload;
  const facts = { since: isoTime(at) };
  if (!isOk) {
    const wrong = { ...facts, count: diagnostics.length, details: diagnostics.slice(0, MOST_DETAILS) };
    return [attentionOf("config_refused", "warning", wrong, [press("reload", {})])];
  }
  return needRestart.length === 0
    ? []
    : [attentionOf("restart_needed", "notice", { since: isoTime(at), details: [...needRestart] })];
}

function ofCertificate({ config, now }: ControlPorts): readonly AttentionRow[] {
  const { tls } = config().server;
  if (tls === undefined) return [];
  const { endsAt, state } = certificateEnd(tls.cert, now());
  if (state === "fine") return [];
  const details = [isoTime(endsAt)];
  return [
    state === "ended"
      ? attentionOf("certificate_ended", "critical", { since: isoTime(endsAt), details })
      : attentionOf("certificate_ends", "warning", { details }),
  ];
}

function ofLosses({ records }: ControlPorts, { logDropped }: DaemonStatus): readonly AttentionRow[] {
  const { dropped } = records.status();
  return [
    ...(dropped === 0 ? [] : [attentionOf("records_dropped", "notice", { count: dropped })]),
    ...(logDropped === 0 ? [] : [attentionOf("log_dropped", "notice", { count: logDropped })]),
  ];
}

function ofJob({ name, stoppedAt, last }: JobReport): readonly AttentionRow[] {
  const subject = name;
  if (stoppedAt !== undefined) {
    const start = press("jobs.start", { job: name });
    return [attentionOf("job_stopped", "notice", { subject, since: isoTime(stoppedAt) }, [start])];
  }
  if (last?.fault === undefined) return [];
  const facts = { subject, since: isoTime(last.startedAt), message: last.fault };
  return [attentionOf("job_failed", "warning", facts, [press("jobs.run", { job: name })])];
}

function ofWebhook({ name, isGone, lastFault, dropped }: WebhookReport): AttentionRow {
  const { at, status, fault } = lastFault ?? {};
  const facts = { subject: name, since: timeOf(at), status, reason: fault, count: dropped };
  const kind = isGone ? "webhook_gone" : "webhook_failing";
  return attentionOf(kind, "warning", facts, [press("webhooks.test", { webhooks: [name] })]);
}

function timeOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : isoTime(at);
}
