// What is looked for by a text that somebody typed.

/** What providers' keys begin with. */
const SECRET = /^\s*(?:Bearer\s+)?((?:sk-|gsk_|AIza|hf_|xai-|r8_|pplx-|nvapi-|csk-|fw_)[\x21-\x7e]{12,})\s*$/;

/**
 * What is looked for by a text that somebody typed: a whole key, which must not stand in an address, by the masked form
 * that its row shows.
 */
export function searchWord(text: string): string {
  const secret = SECRET.exec(text)?.[1];
  return secret === undefined ? text : `${secret.slice(0, 4)}...${secret.slice(-4)}`;
}
