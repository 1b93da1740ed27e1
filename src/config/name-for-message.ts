// Decides which names written by the operator may stand in a message.

const HARMLESS = /^[\w.\-/:*?@]{1,64}$/;

/** Usual beginnings of keys. */
const BEGINNING = /^(?:sk|pk|gsk|hf|xai|oab|key|token|bearer)[-_]|^AIza|^eyJ/i;

/** A name has words. Whether a run has both is asked of the whole run, or a long one would be gone through from each of its letters. */
const RUN = /[A-Za-z\d]{16,}/g;

/** A run of 16 letters and digits that has both stands in it. */
export function hasSecretRun(text: string): boolean {
  return text.match(RUN)?.some((run) => /\d/.test(run) && /[A-Za-z]/.test(run)) === true;
}

/** The name itself, or only its length when it could be a secret that was put in the wrong place. */
export function nameForMessage(name: string): string {
  if (HARMLESS.test(name) && !BEGINNING.test(name) && !hasSecretRun(name)) return name;
  return `<name of ${name.length} characters>`;
}
