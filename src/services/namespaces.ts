/**
 * Namespaces change hands (WCP 2.1). The network decides and records; the couriers here tell the former owner first,
 * whose object stops at once, and the new one after that. A Worker that dies in between leaves a change that is not
 * settled: nobody holds the name twice meanwhile, and the cron carries on.
 */
import type { Actor } from '../core/caller.ts';
import { NETWORK_LOG, parseTenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { isNamespace, isSandbox, needsProof } from '../core/registry/namespace.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ownership, OwnershipChange } from '../network/namespaces.ts';
import { moveCursor, positionOf } from '../registry/cursors.ts';
import type { Credential } from '../tenant/commands.ts';
import type { Caller } from './caller.ts';
import { publishCheckpoint } from './checkpoints.ts';
import type { Deps, NetworkStub } from './deps.ts';
import { ask } from './ledger.ts';
import { onNetwork } from './network.ts';
import { project, projectNetwork } from './projections.ts';
import { evidenceReceipt } from './receipt.ts';
import { submitOne } from './submit.ts';

const OPERATOR: Actor = { kind: 'operator', id: 'operator' };
const AS_OPERATOR: Credential = { kind: 'operator' };
const UNSETTLED = 'unsettled namespaces';
const SETTLED_A_RUN = 20;

type Told = Result<JsonObject, Refusal>;

/** An `x.*` for the caller's tenant. Asked again, it is answered again. */
export const claimNamespace = async (deps: Deps, caller: Caller, namespace: string): Promise<Told> => {
  const standing = await standingOf(deps, caller, namespace);
  if (!standing.ok) return standing;
  const wrong = wrongName(namespace);
  if (wrong !== null) return err(invalidBody('/namespace', wrong));
  if (needsProof(namespace)) return err(refusal('namespace_needs_proof'));
  const claimed = await onNetwork(deps, (network) => network.claimNamespace(namespace, caller.tenant, keyId(deps)));
  if (!claimed.ok) return claimed;
  deps.later(publishNetwork(deps));
  const { ownership } = claimed.value;
  // The tenant's own ledger says which of its keys asked. If this fails the name is the tenant's all the same.
  return tell(deps, caller, ownership, true);
};

/** The tenant gives a namespace up, which it may once no worker of it is enrolled. */
export const giveUpNamespace = async (deps: Deps, caller: Caller, namespace: string): Promise<Told> => {
  const standing = await standingOf(deps, caller, namespace);
  if (!standing.ok) return standing;
  if (!standing.value.held) return err(refusal('not_found'));
  if (standing.value.workers > 0) return err(refusal('namespace_in_use'));
  const released = await onNetwork(deps, (network) =>
    network.releaseNamespace(namespace, caller.tenant, null, OPERATOR, keyId(deps)),
  );
  if (!released.ok) return released;
  deps.later(publishNetwork(deps));
  const told = await tell(deps, caller, released.value.ownership, false);
  return told.ok ? ok({ ...told.value, status: 'released' }) : told;
};

/** Grants a namespace to a tenant, or moves it there. `status`: `settled`, or `changing` while somebody is not told. */
export const assignNamespace = async (
  deps: Deps,
  namespace: string,
  owner: string,
  evidence: string,
): Promise<Told> => {
  const wrong = wrongName(namespace);
  if (wrong !== null) {
    const errors = [{ field: 'namespace', message: wrong }];
    return err(refusal('invalid_parameter', `namespace: ${wrong}`, errors));
  }
  const tenant = parseTenantId(owner);
  const exists = tenant !== null && (await ask(deps, operatorOf(tenant), { kind: 'namespaces' })).ok;
  if (!exists) return err(invalidBody('/owner', 'there is no such tenant'));
  return change(deps, namespace, (network) =>
    network.assignNamespace(namespace, tenant, evidence, OPERATOR, keyId(deps)),
  );
};

/** Takes a namespace from whoever has it; its workers are revoked there. */
export const takeNamespace = (deps: Deps, namespace: string, reason: string): Promise<Told> =>
  change(deps, namespace, (network) => network.releaseNamespace(namespace, null, reason, OPERATOR, keyId(deps)));

export const networkNamespace = async (deps: Deps, namespace: string): Promise<Told> => {
  const ownership = await deps.network().namespace(namespace);
  return ownership === null ? err(refusal('not_found')) : ok(shown(ownership));
};

export const networkNamespaces = async (deps: Deps, after: string, limit: number): Promise<JsonObject> => {
  const page = await deps.network().namespaces(after, limit);
  const last = page.at(-1);
  return {
    namespaces: page.map(shown),
    count: page.length,
    next_cursor: page.length < limit || last === undefined ? null : last.namespace,
  };
};

/** Tells whoever has to be told of a change, in the order that keeps the name in one hand. True: all know. */
export const settleNamespace = async (deps: Deps, ownership: Ownership): Promise<boolean> => {
  const { namespace, seq, owner, former } = ownership;
  try {
    if (!ownership.withdrawn && former !== null && !(await tellOne(deps, ownership, former, false))) return false;
    if (!ownership.withdrawn) await deps.network().namespaceWithdrawn(namespace, seq);
    if (ownership.taken || owner === null) return true;
    if (!(await tellOne(deps, ownership, owner, true))) return false;
    await deps.network().namespaceTaken(namespace, seq);
    return true;
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', at: 'namespace', namespace, error: String(error) }));
    return false;
  }
};

/** The cron: changes that a Worker left half way, the next few of them. */
export const settleNamespaces = async (deps: Deps): Promise<void> => {
  const after = await positionOf(deps.db, UNSETTLED);
  const open = await deps.network().unsettledNamespaces(Number(after), SETTLED_A_RUN);
  const next = open.length < SETTLED_A_RUN ? '' : String(open.at(-1)?.seq ?? '');
  if (next !== after) await moveCursor(deps.db, UNSETTLED, after, next);
  for (const ownership of open) await settleNamespace(deps, ownership);
};

const change = async (
  deps: Deps,
  namespace: string,
  make: (network: NetworkStub) => Promise<Result<OwnershipChange, Refusal>>,
): Promise<Told> => {
  // What an earlier change left open comes first: only then is it known who can still hold the name.
  const before = await deps.network().namespace(namespace);
  if (before !== null && isOpen(before)) await settleNamespace(deps, before);
  const made = await onNetwork(deps, make);
  if (!made.ok) return made;
  deps.later(publishNetwork(deps));
  const { ownership, record, terms } = made.value;
  if (isOpen(ownership)) await settleNamespace(deps, ownership);
  const now = (await deps.network().namespace(namespace)) ?? ownership;
  return ok({
    ...shown(now),
    terms,
    evidence_receipt: record === null ? null : evidenceReceipt(record, deps.ring),
  });
};

const tell = async (deps: Deps, caller: Caller, ownership: Ownership, held: boolean): Promise<Told> => {
  const { namespace, seq, receiptHash } = ownership;
  const told = await submitOne(deps, caller, { kind: 'namespace.learn', namespace, seq, held, receiptHash });
  if (!told.ok) return told;
  const { reply, proofs } = told.value;
  if (reply.kind !== 'recorded') return err(refusal('internal_error'));
  await (held ? deps.network().namespaceTaken(namespace, seq) : deps.network().namespaceWithdrawn(namespace, seq));
  const receipt = reply.record === null ? null : evidenceReceipt(reply.record, deps.ring, proofs[0]);
  return ok({ ...reply.value, evidence_receipt: receipt });
};

/** What was recorded, for everybody: its checkpoint, and the rows that it makes. */
const publishNetwork = async (deps: Deps): Promise<void> => {
  await publishCheckpoint(deps, NETWORK_LOG, []);
  await projectNetwork(deps);
};

/** A tenant that does not exist holds nothing, and so has given everything up. */
const tellOne = async (deps: Deps, ownership: Ownership, name: string, held: boolean): Promise<boolean> => {
  const tenant = parseTenantId(name);
  if (tenant === null) return !held;
  const { namespace, seq, receiptHash } = ownership;
  const command = { kind: 'namespace.learn', namespace, seq, held, receiptHash } as const;
  const told = await submitOne(deps, operatorOf(tenant), command);
  // Its workers are revoked, and everybody may know.
  if (told.ok && !held) deps.later(project(deps, tenant));
  return told.ok || (!held && told.error.code === 'not_found');
};

/** Judges the caller's key, and says what the tenant has of the namespace. */
const standingOf = async (
  deps: Deps,
  caller: Caller,
  namespace: string,
): Promise<Result<{ readonly held: boolean; readonly workers: number }, Refusal>> => {
  const answer = await ask(deps, caller, { kind: 'namespace.claim', namespace });
  return answer.ok ? ok({ held: answer.value.held === true, workers: Number(answer.value.workers) }) : answer;
};

const wrongName = (namespace: string): string | null => {
  if (!isNamespace(namespace)) return 'expected org.<name> or x.<name>';
  return isSandbox(namespace) ? 'a sandbox is everybody’s, and nobody owns it' : null;
};

const invalidBody = (field: string, message: string): Refusal =>
  refusal('invalid_body', `${field}: ${message}`, [{ field, message }]);

const isOpen = ({ withdrawn, taken }: Ownership): boolean => !withdrawn || !taken;

const operatorOf = (tenant: Caller['tenant']): Caller => ({ tenant, credential: AS_OPERATOR });

const keyId = (deps: Deps): string => deps.ring.active('receipt').kid;

const shown = (ownership: Ownership): JsonObject => ({
  namespace: ownership.namespace,
  owner: ownership.owner,
  former_owner: ownership.former,
  since: new Date(ownership.since).toISOString(),
  evidence: ownership.evidence,
  status: isOpen(ownership) ? 'changing' : 'settled',
  network_seq: ownership.seq,
});
