/** How results leave: a value as JSON, text as it was committed, a refusal as a problem. */
import { sha256Hex } from '../core/hash.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { readToken } from '../core/signatory/token.ts';
import type { Caller } from '../services/caller.ts';
import type { SubmitOptions } from '../services/submit.ts';
import type { Ctx } from './context.ts';
import { json } from './factory.ts';
import { problem } from './problem.ts';

export const reply = (c: Ctx, result: Result<object, Refusal>, status: 200 | 201 = 200): Response =>
  result.ok ? json(c, result.value, status) : problem(c, result.error);

export const replyText = (
  c: Ctx,
  result: Result<string | { readonly text: string; readonly replayed: boolean }, Refusal>,
  type = 'application/json',
): Response => {
  if (!result.ok) return problem(c, result.error);
  const answer = typeof result.value === 'string' ? { text: result.value, replayed: false } : result.value;
  return c.body(answer.text, 200, {
    'content-type': type,
    ...(answer.replayed ? { 'idempotency-replayed': 'true' } : {}),
  });
};

const KEY = /^[\x21-\x7e]{1,255}$/;

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

/** `Idempotency-Key`. A key is the caller's own: another credential's is another key. */
export const idempotencyOf = (
  c: Ctx,
  credential: Caller['credential'],
  bodyText: string,
): Result<NonNullable<SubmitOptions['idempotency']> | null, Refusal> => {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return ok(null);
  if (!KEY.test(key)) return err(refusal('idempotency_key_invalid'));
  return ok({ key: `${ownerOf(credential)}:${key}`, digest: sha256Hex(`${c.req.method} ${c.req.path}\n${bodyText}`) });
};

/** `Idempotency-Key` and `Prefer: proof`. */
export const submitOptions = (c: Ctx, caller: Caller, bodyText: string): Result<SubmitOptions, Refusal> => {
  const proof = /(?:^|,)\s*proof\s*(?:,|$)/i.test(c.req.header('prefer') ?? '');
  if (proof) c.header('preference-applied', 'proof');
  const idempotency = idempotencyOf(c, caller.credential, bodyText);
  return idempotency.ok ? ok({ proof, idempotency: idempotency.value }) : idempotency;
};
