// Follows the daemon for the whole page: which topics change, whether it is there, which version it has.
import { API_PATH, callOperation } from "../api/call-operation.ts";
import { Observable } from "../api/observable.ts";
import { noteBegun, noteSession, noteStopping, noteUnreachable, reachability } from "../api/reachability.ts";
import { metaContent } from "../shell/meta-content.ts";
import { watchAttendance } from "./attendance.ts";
import { type LiveEvent, LiveStream } from "./live-stream.ts";
import { onLogin } from "./other-windows.ts";
import { TopicBoard } from "./topic-board.ts";

/** The daemon keeps what happens for a minute after the last page has left. */
const HIDDEN_MS = 50_000;

type Topic = Extract<LiveEvent, { event: "figures" | "health" | "requests" }>["event"] | ChangedTopic;
type ChangedTopic = Extract<LiveEvent, { event: "changed" }>["data"]["what"];

export const board = new TopicBoard<Topic>({ now: () => performance.now(), schedule });

/** The daemon is of another version than the page, whose operations it may not know any more. */
export const isOutdated = new Observable(false);

/** What was asked since may have failed. */
let wasLost = false;
/** The run of the daemon that said hello last, and the one that said that it stops. */
let run = "";
let stoppingRun: string | undefined;

const stream = new LiveStream({
  connect: (after) =>
    new EventSource(`${API_PATH}live${after === undefined ? "" : `?after=${encodeURIComponent(after)}`}`),
  schedule,
  onEvent: take,
  onLost: () => noteUnreachable(),
  onEnded: () => noteSession("ended"),
  onRefused: () =>
    callOperation("status", {}).then(
      () => true,
      () => reachability.value !== "ended",
    ),
});

/** To be called once. */
export function startLive(): void {
  watchAttendance();
  let stopTimer = () => {};
  const look = () => {
    stopTimer();
    if (document.visibilityState === "visible") {
      if (reachability.value !== "ended") stream.open();
      board.resume();
    } else {
      board.pause();
      // A browser has six connections for all windows of a daemon.
      stopTimer = schedule(HIDDEN_MS, () => stream.close());
    }
  };
  document.addEventListener("visibilitychange", look);
  stream.open();
  look();
  reachability.listen((state) => {
    if (state === "ended") stream.close();
    if (state !== "lost") return;
    wasLost = true;
    // A call found it, and the stream may not know yet.
    stream.restart();
  });
  onLogin((isOther) => {
    if (!isOther && reachability.value !== "ended") return;
    noteSession("begun");
    stream.close();
    if (document.visibilityState === "visible") stream.open();
    board.noteAll();
  });
}

function take(event: LiveEvent): void {
  switch (event.event) {
    case "hello":
      run = event.data.instance;
      if (run === stoppingRun) return;
      if (wasLost) board.noteAll();
      wasLost = false;
      noteBegun();
      isOutdated.set(event.data.version !== metaContent("version"));
      return;
    case "reset":
      board.noteAll();
      return;
    case "figures":
    case "health":
    case "requests":
      board.note(event.event);
      return;
    case "changed":
      board.note(event.data.what);
      return;
    case "stopping":
      stoppingRun = run;
      noteStopping();
      return;
    default:
      event satisfies never;
  }
}

function schedule(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
