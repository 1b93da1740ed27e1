// Decides which names written by the operator may stand in a message.

const HARMLESS = /^[\w.\-/:*?@]{1,64}$/;

/** Usual beginnings of keys, and any run of 16 letters and digits that has both: a name has words. */
const SECRET_LIKE =
  /^(?:sk|pk|gsk|hf|xai|oab|key|token|bearer)[-_]|^AIza|^eyJ|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]{16,}/i;

/** The name itself, or only its length when it could be a secret that was put in the wrong place. */
export function nameForMessage(name: string): string {
  if (HARMLESS.test(name) && !SECRET_LIKE.test(name)) return name;
  return `<name of ${name.length} characters>`;
}
