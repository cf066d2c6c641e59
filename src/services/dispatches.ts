/** After a decision: redeeming its grant, and the outcome that closes it. */
import { canonicalJson } from '../core/canonical.ts';
import { sha256Hex } from '../core/hash.ts';
import { parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { readGrant } from '../keys/grant.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { evidenceReceipt } from './receipt.ts';
import { type SubmitOptions, submitOne } from './submit.ts';

/** The caller that a grant stands for: its worker, at its tenant, for its dispatch. */
export const callerByGrant = async (deps: Deps, token: string): Promise<Result<Caller, Refusal>> => {
  const grant = await readGrant(token, deps.ring);
  if (!grant.ok) return err(refusal('grant_invalid'));
  const tenant = parseTenantId(grant.value.aud);
  if (tenant === null) return err(refusal('grant_invalid'));
  const { jti: decisionId, sub: workerId, exp: expiresAt } = grant.value;
  return ok({ tenant, credential: { kind: 'grant', decisionId, workerId, expiresAt } });
};

export interface StartReport {
  readonly grant: string;
  readonly code_hash?: string | undefined;
}

export const startDispatch = async (
  deps: Deps,
  caller: Caller,
  decisionId: string,
  report: StartReport,
): Promise<Result<JsonObject, Refusal>> => {
  const grant = await readGrant(report.grant, deps.ring);
  if (!grant.ok || grant.value.aud !== caller.tenant) return err(refusal('grant_invalid'));
  return withReceipt(deps, caller, {
    kind: 'dispatch.start',
    decisionId,
    codeHash: report.code_hash ?? null,
    grantDecisionId: grant.value.jti,
    grantExpiresAt: grant.value.exp,
  });
};

export const finishDispatch = (
  deps: Deps,
  caller: Caller,
  decisionId: string,
  outcome: 'completed' | 'failed',
  detail: JsonObject,
): Promise<Result<JsonObject, Refusal>> =>
  withReceipt(deps, caller, {
    kind: 'dispatch.finish',
    decisionId,
    report: { outcome, detail, digest: sha256Hex(canonicalJson({ outcome, detail })) },
  });

const withReceipt = async (
  deps: Deps,
  caller: Caller,
  command: Parameters<typeof submitOne>[2],
  options: SubmitOptions = {},
): Promise<Result<JsonObject, Refusal>> => {
  const submitted = await submitOne(deps, caller, command, options);
  if (!submitted.ok) return submitted;
  const { reply } = submitted.value;
  if (reply.kind !== 'recorded' || reply.record === null) return err(refusal('internal_error'));
  return ok({ ...reply.value, evidence_receipt: evidenceReceipt(reply.record, deps.ring) });
};
