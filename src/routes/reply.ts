/** How results leave: a value as JSON, text as it was committed, a refusal as a problem. */
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import type { Caller } from '../services/caller.ts';
import { idempotencyOfKey } from '../services/idempotency.ts';
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

/** `Idempotency-Key`. A key is the caller's own: another credential's is another key. */
export const idempotencyOf = (
  c: Ctx,
  credential: Caller['credential'],
  bodyText: string,
): Result<NonNullable<SubmitOptions['idempotency']> | null, Refusal> => {
  const key = c.req.header('idempotency-key');
  return key === undefined ? ok(null) : idempotencyOfKey(credential, key, `${c.req.method} ${c.req.path}\n${bodyText}`);
};

/** `Idempotency-Key` and `Prefer: proof`. */
export const submitOptions = (c: Ctx, caller: Caller, bodyText: string): Result<SubmitOptions, Refusal> => {
  const proof = /(?:^|,)\s*proof\s*(?:,|$)/i.test(c.req.header('prefer') ?? '');
  if (proof) c.header('preference-applied', 'proof');
  const idempotency = idempotencyOf(c, caller.credential, bodyText);
  return idempotency.ok ? ok({ proof, idempotency: idempotency.value }) : idempotency;
};
