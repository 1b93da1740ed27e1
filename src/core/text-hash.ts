// A hash of a text that spreads well and needs no secret: for rings and for ranks.

/** 32 bits of FNV-1a with the final mix of MurmurHash3 (isthe.com/chongo/tech/comp/fnv). */
export function textHash(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
