/** Calls that change the network: each leaves an entry in its ledger, and whoever made it publishes a checkpoint. */
import type { Actor } from '../core/caller.ts';
import { NETWORK_LOG } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import type { Idempotency } from '../ledger/commit.ts';
import type { NetworkCommand } from '../network/commands.ts';
import { anchor } from './checkpoints.ts';
import type { Deps, NetworkStub } from './deps.ts';
import { evidenceReceipt } from './receipt.ts';

const OPERATOR: Actor = { kind: 'operator', id: 'operator' };

/** After the network woke up it is shown the head of its witness, and the same call is made again. */
export const onNetwork = async <T>(
  deps: Deps,
  call: (network: NetworkStub) => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> => {
  const answer = await call(deps.network());
  if (answer.ok || answer.error.code !== 'ledger_unwitnessed') return answer;
  return (await anchor(deps, NETWORK_LOG)) ? call(deps.network()) : answer;
};

/** Runs one command, and answers what it says with the receipt of its entry. */
export const changeNetwork = async (
  deps: Deps,
  command: NetworkCommand,
  idempotency: Idempotency | null,
): Promise<Result<JsonObject, Refusal>> => {
  const envelope = { command, actor: OPERATOR, idempotency, signingKeyId: deps.ring.active('receipt').kid };
  const changed = await onNetwork(deps, (network) => network.submit(envelope));
  if (!changed.ok) return changed;
  const { value, record } = changed.value;
  return ok({ ...value, evidence_receipt: evidenceReceipt(record, deps.ring) });
};
