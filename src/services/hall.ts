/** Routing: the question is read and hashed here, decided in the tenant object, and answered as one signed text. */
import type { RouteDecision } from '../core/hall/decision.ts';
import { readRouteInput } from '../core/hall/input.ts';
import type { JsonValue } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { signGrant } from '../keys/grant.ts';
import type { DecidedReply, EntryProof } from '../tenant/commands.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { evidenceReceiptText } from './receipt.ts';
import { type SubmitOptions, submit } from './submit.ts';
import type { Asked } from './vouching.ts';

/** What a surface makes of a decision before it is shown; null: nothing. */
export type Form = ((decision: RouteDecision) => object) | null;

export interface Answer {
  /** JSON text: what was committed, signed. The same command again gives the same bytes. */
  readonly text: string;
  readonly replayed: boolean;
}

/** The token of the question's own signatory stays in the Worker. */
const question =
  (caller: Caller) =>
  (raw: JsonValue): Asked => {
    const request = readRouteInput(raw);
    const token = tenantCredential(raw);
    return token === null && caller.credential.kind !== 'token'
      ? { kind: 'route', request, signatory: { kind: 'none' } }
      : { kind: 'question', request, token };
  };

const tenantCredential = (raw: JsonValue): string | null => {
  const sent = typeof raw === 'object' && raw !== null && 'tenant_credential' in raw ? raw.tenant_credential : null;
  return typeof sent === 'string' && sent !== '' ? sent : null;
};

export const route = async (
  deps: Deps,
  caller: Caller,
  raw: JsonValue,
  options: SubmitOptions,
  form: Form = null,
): Promise<Result<Answer, Refusal>> => {
  const submitted = await submit(deps, caller, [question(caller)(raw)], options);
  if (!submitted.ok) return submitted;
  const { replies, replayed, proofs } = submitted.value;
  const reply = replies[0];
  if (reply?.kind !== 'decided') return err(reply?.kind === 'refused' ? reply.refusal : refusal('internal_error'));
  return ok({ text: decisionText(deps, caller, reply, proofs[0], form), replayed });
};

/** Up to 100 questions, each with a decision and a receipt of its own, in one commit. */
export const routeBatch = async (
  deps: Deps,
  caller: Caller,
  raws: readonly JsonValue[],
  options: SubmitOptions,
): Promise<Result<Answer, Refusal>> => {
  const submitted = await submit(deps, caller, raws.map(question(caller)), options);
  if (!submitted.ok) return submitted;
  const { replies, replayed, proofs } = submitted.value;
  const bySeq = new Map(proofs.map((proof) => [proof.seq, proof]));
  const texts: string[] = [];
  for (const reply of replies) {
    if (reply.kind !== 'decided') return err(reply.kind === 'refused' ? reply.refusal : refusal('internal_error'));
    texts.push(decisionText(deps, caller, reply, bySeq.get(reply.record.seq)));
  }
  return ok({ text: `{"decisions":[${texts.join(',')}],"count":${texts.length}}`, replayed });
};

export const decisionText = (
  deps: Deps,
  caller: Caller,
  reply: DecidedReply,
  proof: EntryProof | undefined,
  form: Form = null,
): string => {
  const decision = form === null ? reply.decision : JSON.stringify(form(JSON.parse(reply.decision) as RouteDecision));
  const receipt = evidenceReceiptText(reply.receipt, reply.record, deps.ring, proof);
  return `${decision.slice(0, -1)},${grantMembers(deps, caller, reply)},"evidence_receipt":${receipt}}`;
};

const grantMembers = (deps: Deps, caller: Caller, reply: DecidedReply): string => {
  const { grant } = reply;
  if (grant === null) return '"dispatch_grant":null,"dispatch_grant_expires_at":null';
  const token = signGrant(
    {
      iss: deps.logOrigin,
      aud: caller.tenant,
      sub: grant.workerId,
      jti: grant.decisionId,
      iat: grant.issuedAt,
      exp: grant.expiresAt,
      cap: grant.capabilityId,
      request_hash: grant.requestHash,
      receipt_hash: reply.record.receiptHash,
      ...(grant.constraints === null ? {} : { constraints: grant.constraints }),
    },
    deps.ring,
  );
  return `"dispatch_grant":"${token}","dispatch_grant_expires_at":"${new Date(grant.expiresAt * 1000).toISOString()}"`;
};
