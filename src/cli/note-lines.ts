// What `status` and `health` say, in a line each, of jobs and webhooks that an operator must know of.
import { countOf, timeAgo } from "./words.ts";

export interface JobNotes {
  readonly jobs?:
    | readonly {
        readonly name: string;
        readonly stopped_at?: string | undefined;
        readonly fault?: string | undefined;
      }[]
    | undefined;
}

export interface WebhookNotes {
  readonly webhooks?:
    | readonly {
        readonly name: string;
        readonly gone: boolean;
        readonly status?: number | undefined;
        readonly fault?: string | undefined;
        readonly dropped: number;
      }[]
    | undefined;
}

/** `recheck stopped 3d ago: openai-balance jobs start recheck`. */
export function jobNoteLines({ jobs = [] }: JobNotes, now: number): readonly string[] {
  return jobs.flatMap(({ name, stopped_at, fault }) => [
    ...(stopped_at === undefined
      ? []
      : [`${name} stopped ${timeAgo(stopped_at, now)}: openai-balance jobs start ${name}`]),
    ...(fault === undefined ? [] : [`${name} failed: ${fault}`]),
  ]);
}

/** `pager fails with status 500, 3 messages lost: openai-balance webhooks`. */
export function webhookNoteLines({ webhooks = [] }: WebhookNotes): readonly string[] {
  return webhooks.map(({ name, gone, status, fault, dropped }) => {
    const why = status === undefined ? (fault ?? "no answer") : `status ${status}`;
    const lost = dropped === 0 ? "" : `, ${countOf(dropped, "message")} lost`;
    const head = gone ? `${name} is gone, nothing is sent to it until a reload` : `${name} fails with ${why}`;
    return `${head}${lost}: openai-balance webhooks`;
  });
}
