// What providers gave clients through here that counts in place of a client token: for sessions, and for uploads.

import type { RunEnd } from "../attempt/run-end.ts";
import type { ClientRequest } from "../client-request.ts";
import { EphemeralSecrets, takesEphemeral } from "../realtime/ephemeral-secrets.ts";
import type { Ephemeral, EphemeralScene, Maker, PresentedSecret } from "./issued-book.ts";
import { isUploadPath, UploadSessions } from "./upload-sessions.ts";

/** Whether such a secret may count at a path; most paths are told at a glance. */
export function takesIssued(path: EphemeralScene["path"]): boolean {
  return path.kind === "native" ? isUploadPath(path.path) : takesEphemeral(path);
}

export class IssuedSecrets {
  readonly #ephemeral = new EphemeralSecrets();
  readonly #uploads = new UploadSessions();

  learn(request: ClientRequest, end: RunEnd, by: Maker): void {
    this.#ephemeral.learn(request, end, by);
    this.#uploads.learn(request, end, by);
  }

  /** Undefined where nothing of the kind is presented. */
  find(presented: PresentedSecret, scene: EphemeralScene): Ephemeral | undefined {
    const { headers } = presented;
    return scene.path.kind === "native" ? this.#uploads.find(presented, scene) : this.#ephemeral.find(headers, scene);
  }
}
