/**
 * Jobs as their clients meet them (CAP 4.1): what the policy does not admit is answered with its status, and what it
 * admits or holds with the job. The job of a denial is kept; the answer names it.
 */
import { readJob } from '../core/job/request.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { change } from './manage.ts';

export interface SubmittedReply {
  readonly value: JsonObject;
  readonly replayed: boolean;
}

/** `sent`: the body; `named`: the key and the trace that headers name, which may only restate those of the body. */
export const submitJob = async (
  deps: Deps,
  caller: Caller,
  sent: JsonObject,
  named: { readonly keys: readonly string[]; readonly traceId: string | null },
): Promise<Result<SubmittedReply, Refusal & { readonly replayed?: boolean }>> => {
  const read = readJob({ ...(named.traceId === null ? {} : { trace_id: named.traceId }), ...sent });
  if (!read.ok) return read;
  const keys = new Set([...named.keys, ...(read.value.idempotencyKey === null ? [] : [read.value.idempotencyKey])]);
  if (keys.size > 1) return err(refusal('idempotency_key_mismatch'));
  const [idempotencyKey = null] = keys;
  const submitted = await change(deps, caller, { kind: 'job.submit', job: { ...read.value, idempotencyKey } });
  if (!submitted.ok) return submitted;
  const { replayed, ...value } = submitted.value;
  const denied = notAdmitted(value);
  if (denied !== null) return err({ ...denied, replayed: replayed === true });
  return ok({ value, replayed: replayed === true });
};

/** Null: it was admitted, or waits for people. */
const notAdmitted = (value: JsonObject): Refusal | null => {
  const { reason, retry_after_ms: retryAfter, evidence_receipt: _, status: __, ...members } = value;
  const why = String(reason);
  if (value.stage === 'unavailable') return { ...refusal('policy_unavailable', why), retryAfterMs: 5_000 };
  if (value.decision === 'THROTTLE') {
    return {
      ...refusal('throttled', why),
      retryAfterMs: Number(retryAfter ?? 30_000),
      members: { ...members, reason: why },
    };
  }
  return value.decision === 'DENY' ? { ...refusal('safety_denied', why), members: { ...members, reason: why } } : null;
};

export const cancelJob = (
  deps: Deps,
  caller: Caller,
  jobId: string,
  reason: string | null,
): Promise<Result<JsonObject, Refusal>> => change(deps, caller, { kind: 'job.cancel', jobId, reason });
