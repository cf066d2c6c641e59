/**
 * What can be found in content: secrets (CAP 5.4), personal data, text that tries to give orders (5.8). Every pattern is
 * linear: no repetition may be entered in two ways, and none is nested.
 */
export const SCANNERS = ['secret', 'secret_leak', 'pii', 'injection', 'code_injection'] as const;
export type Scanner = (typeof SCANNERS)[number];

const SECRETS: readonly RegExp[] = [
  /secret:\/\//,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----/,
  /\bghp_[A-Za-z0-9]{20}/,
  /\bgithub_pat_[A-Za-z0-9_]{20}/,
  /\bxox[a-z]-[A-Za-z0-9-]{8}/,
  /\bAIza[0-9A-Za-z_-]{30}/,
  /\bsk-[A-Za-z0-9_-]{16}/,
  /\beyJ[A-Za-z0-9_-]{8,512}\.eyJ[A-Za-z0-9_-]{8}/,
];

const PERSONAL: readonly RegExp[] = [
  /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}\.[A-Za-z]{2}/,
  /\b\d{3}-\d{2}-\d{4}\b/,
  /\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b/,
  /\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b/,
];

const ORDERS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget) (?:all |any |the )?(?:previous |prior |above )?(?:rules|instructions|prompts)\b/i,
  /\b(?:reveal|print|show) (?:your |the )?system prompt\b/i,
  /<script\b/i,
  /\b(?:union select|drop table|; ?rm -rf)\b/i,
];

const PATTERNS: Readonly<Record<Scanner, readonly RegExp[]>> = {
  secret: SECRETS,
  secret_leak: SECRETS,
  pii: PERSONAL,
  injection: ORDERS,
  code_injection: ORDERS,
};

export const finds = (scanner: Scanner, content: string): boolean =>
  PATTERNS[scanner].some((pattern) => pattern.test(content));

export const holdsSecret = (content: string): boolean => finds('secret', content);
