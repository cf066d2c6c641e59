/**
 * One call to the tenant object: credential, commands, idempotency. After a wake-up, or when a checkpoint is overdue,
 * the object asks for what only a Worker can carry; it is brought, and the same call is made again.
 */
import type { Refusal } from '../core/refusal.ts';
import { refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Idempotency } from '../ledger/commit.ts';
import type { CommandReply, EntryProof, Envelope } from '../tenant/commands.ts';
import type { Caller } from './caller.ts';
import { anchor, publishCheckpoint, publishSoon } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import { renewLease } from './leases.ts';
import { type Asked, say } from './vouching.ts';

export interface SubmitOptions {
  readonly idempotency?: Idempotency | null;
  /** Answer with the inclusion proofs of what was recorded. */
  readonly proof?: boolean;
}

export interface Submitted {
  readonly replies: readonly CommandReply[];
  readonly replayed: boolean;
  /** In the order of the replies that recorded an entry; empty unless asked for and published. */
  readonly proofs: readonly EntryProof[];
}

const ATTEMPTS = 6;

export const submit = async (
  deps: Deps,
  caller: Caller,
  asked: readonly Asked[],
  options: SubmitOptions = {},
): Promise<Result<Submitted, Refusal>> => {
  const stub = deps.tenant(caller.tenant);
  const said = await say(deps, caller, asked);
  if (!said.ok) return said;
  let envelope: Envelope = {
    ...said.value,
    idempotency: options.idempotency ?? null,
    signingKeyId: deps.ring.active('receipt').kid,
    proof: options.proof ?? false,
    withoutLease: false,
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const reply = await stub.submit(envelope);
    switch (reply.kind) {
      case 'refused':
        return err(reply.refusal);
      case 'needs_witness':
        if (!(await anchor(deps, caller.tenant))) return err(refusal('ledger_unwitnessed'));
        break;
      case 'needs_checkpoint':
        if ((await publishCheckpoint(deps, caller.tenant, [])) === null) return err(refusal('ledger_unwitnessed'));
        break;
      case 'needs_lease':
        // Unreachable: the decision is made all the same, and denies what needs a lease (fail closed, with a receipt).
        if (!(await renewLease(deps, caller.tenant, reply.request))) envelope = { ...envelope, withoutLease: true };
        break;
      case 'needs_signatories': {
        deps.issuers.keepSet(caller.tenant, reply.signatories, deps.nowMs());
        const again = await say(deps, caller, asked);
        if (!again.ok) return again;
        envelope = { ...envelope, ...again.value };
        break;
      }
      case 'done': {
        const { replies, replayed, task, renewal, courier } = reply;
        // Should this not come to pass, the tenant's alarm asks again.
        if (courier) deps.later(deps.hookCalls.send({ tenant: caller.tenant }));
        if (renewal !== null) deps.later(renewLease(deps, caller.tenant, renewal));
        let proofs = reply.proofs ?? [];
        if (task !== null && task.afterMs === 0 && envelope.proof) {
          proofs = (await publishCheckpoint(deps, caller.tenant, reply.seqs)) ?? [];
        } else if (task !== null) publishSoon(deps, caller.tenant, task.afterMs);
        return ok({ replies, replayed, proofs });
      }
    }
  }
  return err(refusal('overloaded'));
};

/** The reply to a single command that either was refused or recorded something. */
export const submitOne = async (
  deps: Deps,
  caller: Caller,
  command: Asked,
  options: SubmitOptions = {},
): Promise<Result<Submitted & { readonly reply: Exclude<CommandReply, { kind: 'refused' }> }, Refusal>> => {
  const submitted = await submit(deps, caller, [command], options);
  if (!submitted.ok) return submitted;
  const reply = submitted.value.replies[0];
  if (reply === undefined) return err(refusal('internal_error'));
  return reply.kind === 'refused' ? err(reply.refusal) : ok({ ...submitted.value, reply });
};
