/** Keys under which somebody asks again for what they asked before: by header over HTTP, by argument over MCP. */
import { sha256Hex } from '../core/hash.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { readToken } from '../core/signatory/token.ts';
import type { Caller } from './caller.ts';
import type { SubmitOptions } from './submit.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** A key is the caller's own: another credential's is another key. `asked`: all that it stands for. */
export const idempotencyOfKey = (
  credential: Caller['credential'],
  key: string,
  asked: string,
): Result<NonNullable<SubmitOptions['idempotency']>, Refusal> =>
  KEY.test(key)
    ? ok({ key: `${ownerOf(credential)}:${key}`, digest: sha256Hex(asked) })
    : err(refusal('idempotency_key_invalid'));

/** Whose key it is. A token is renewed within a retry: its key belongs to the subject that it names. */
const ownerOf = (credential: Caller['credential']): string => {
  if (credential.kind === 'api_key') return credential.hash.slice(0, 16);
  if (credential.kind === 'human') return `human:${credential.userId}`;
  return credential.kind === 'token' ? `token:${subjectNamed(credential.token)}` : credential.kind;
};

/** Before the token is verified; what is not good is refused before any key is looked at. */
const subjectNamed = (token: string): string => {
  const read = readToken(token);
  const named = read.ok ? [read.value.claims.iss ?? null, read.value.claims.sub ?? null] : [];
  return sha256Hex(JSON.stringify(named)).slice(0, 16);
};
