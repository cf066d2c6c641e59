/** Hashes that workers and owners send: `sha256:` and upper case are taken, bare lower hex is kept (WCP 3.5). */
const HEX_64 = /^[0-9a-f]{64}$/;

/** Strips the prefix and the case; what is no hash stays what it is, so that a decision can still name it malformed. */
export const normalHash = (text: string): string => {
  const lower = text.toLowerCase();
  return lower.startsWith('sha256:') ? lower.slice('sha256:'.length) : lower;
};

/** Whether `text`, already normal, is a SHA-256. */
export const isSha256 = (text: string): boolean => HEX_64.test(text);
