/**
 * Tokens of signatories become facts here (WCP 4.3): read, matched with an issuer, their signature checked, their claims
 * judged. The tenant object is told what was found and against which version of its signatories; it takes nothing that
 * was judged against another.
 */

import type { RouteRequest } from '../core/hall/input.ts';
import { sha256Hex } from '../core/hash.ts';
import type { TenantId } from '../core/ids.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import { judgeClaims, type Once } from '../core/signatory/claims.ts';
import { fault, type TokenFault } from '../core/signatory/fault.ts';
import type { Presented, Vouched } from '../core/signatory/presented.ts';
import { judgeProof } from '../core/signatory/proof.ts';
import { byIssuer, NO_SIGNATORIES, type SignatorySet } from '../core/signatory/signatory.ts';
import { readToken, sameTyp } from '../core/signatory/token.ts';
import { verifyProof, verifyToken } from '../keys/signatory-jwt.ts';
import { isListed } from '../registry/tenants.ts';
import type { Command, Credential } from '../tenant/commands.ts';
import type { Caller, ProofOfPossession, TokenCredential } from './caller.ts';
import type { Deps } from './deps.ts';
import { keysFor } from './signatory-keys.ts';

/** A routing question whose signatory's token, if it has one, stays here. */
export interface Question {
  readonly kind: 'question';
  readonly request: RouteRequest;
  readonly token: string | null;
}
/** A command as a service asks for it. */
export type Asked = Command | Question;

/** How a token came: as a credential by a scheme, or in a body. */
export interface Presentation {
  readonly token: string;
  readonly scheme: TokenCredential['scheme'] | null;
  readonly proof: ProofOfPossession | null;
  readonly use: string;
}

/** What judging a token takes: the clock, and the keys that signatories publish. */
export type Judges = Pick<Deps, 'issuers' | 'outbound' | 'nowMs'>;

export const judgeToken = async (
  deps: Judges,
  tenant: TenantId,
  set: SignatorySet,
  presentation: Presentation,
): Promise<Result<Vouched, TokenFault>> => {
  const { token: text, use } = presentation;
  const token = readToken(text);
  if (!token.ok) return token;
  const { iss } = token.value.claims;
  if (iss === undefined) return fault('issuer_missing');
  // What is not signed yet chooses whose keys are tried, and nothing else.
  const signatory = typeof iss === 'string' ? byIssuer(set, iss) : null;
  if (signatory === null) return typeof iss === 'string' ? fault('issuer_unknown') : fault('claim_malformed', 'iss');
  const { algorithm, typ, claims } = token.value;
  if (!signatory.algorithms.includes(algorithm)) return fault('algorithm_not_allowed', algorithm);
  if (!sameTyp(typ, signatory.typ)) return fault('typ_wrong', typ ?? '');
  const keys = await keysFor(deps, tenant, signatory, token.value);
  if (!keys.ok) return keys;
  const signed = await verifyToken(token.value, keys.value);
  if (!signed.ok) return signed;
  const judged = judgeClaims(signatory, claims, deps.nowMs());
  if (!judged.ok) return judged;
  const held = await judgePossession(deps, presentation, judged.value.boundTo);
  if (!held.ok) return held;
  const { tenantId, subject, scopes, endsAtMs, once } = judged.value;
  return ok({
    kind: 'vouched',
    signatoryId: signatory.signatory_id,
    tenantId,
    subject,
    scopes,
    endsAtMs,
    once: [once, held.value].filter((one) => one !== null),
    use,
    tokenHash: sha256Hex(text),
  });
};

/** A bound token counts only with a proof of its key, made for this request (RFC 9449 7). */
const judgePossession = async (
  deps: Judges,
  { token, scheme, proof }: Presentation,
  boundTo: string | null,
): Promise<Result<Once | null, TokenFault>> => {
  if (scheme !== null && (scheme === 'dpop') !== (boundTo !== null)) return fault('scheme_wrong');
  if (boundTo === null) return ok(null);
  if (proof === null) return fault('proof_missing');
  const verified = await verifyProof(proof.proof);
  if (!verified.ok) return verified;
  const { claims, thumbprint, url } = verified.value;
  if (thumbprint !== boundTo) return fault('proof_key_wrong');
  return judgeProof(claims, url, proof, token, thumbprint, deps.nowMs());
};

/** What an envelope says of who asks, and for whom. */
interface Said {
  readonly credential: Credential;
  readonly commands: readonly Command[];
  readonly signatories: string | null;
}

/** The caller and the commands as the tenant object judges them, with every token turned into what it says. */
export const say = async (deps: Deps, caller: Caller, asked: readonly Asked[]): Promise<Result<Said, Refusal>> => {
  const { tenant, credential } = caller;
  if (credential.kind === 'token') {
    const opened = await open(deps, tenant, { ...credential, proof: caller.proof ?? null }, false);
    if (opened === null) return err(refusal('unauthorized'));
    const { set, vouched } = opened;
    const commands = await toCommands(deps, caller, asked, set, vouched);
    return ok({ credential: asCredential(opened, credential), commands, signatories: set.version });
  }
  const commands = asked.filter((one) => one.kind !== 'question');
  if (commands.length === asked.length) return ok({ credential, commands, signatories: null });
  // Of a tenant that this isolate knows nothing of, none are supposed; its object puts that right.
  const set = deps.issuers.setOf(tenant)?.set ?? NO_SIGNATORIES;
  return ok({ credential, commands: await toCommands(deps, caller, asked, set, null), signatories: set.version });
};

const toCommands = async (
  deps: Deps,
  caller: Caller,
  asked: readonly Asked[],
  set: SignatorySet,
  holder: Vouched | null,
): Promise<readonly Command[]> => {
  const presentation = { scheme: null, proof: caller.proof ?? null, use: holder?.use ?? deps.newId() };
  const judged = new Map<string, Presented>();
  const commands: Command[] = [];
  for (const one of asked) {
    if (one.kind !== 'question') commands.push(one);
    else {
      const { request, token } = one;
      commands.push({
        kind: 'route',
        request,
        signatory: token === null ? (holder ?? { kind: 'none' }) : await judge(token),
      });
    }
  }
  return commands;

  async function judge(token: string): Promise<Presented> {
    const known = judged.get(token);
    if (known !== undefined) return known;
    const verdict = await judgeToken(deps, caller.tenant, set, { ...presentation, token });
    const presented: Presented = verdict.ok ? verdict.value : { kind: 'refused', reason: verdict.error.reason };
    judged.set(token, presented);
    return presented;
  }
};

interface Opened {
  readonly set: SignatorySet;
  readonly vouched: Vouched;
}

const asCredential = ({ set, vouched }: Opened, { counted }: TokenCredential): Credential => ({
  kind: 'signatory',
  version: set.version,
  vouched,
  counted,
});

/** A token as a credential: judged against the set that is known and, where that does not take it, the one in force. */
const open = async (
  deps: Deps,
  tenant: TenantId,
  presentation: Presentation,
  isStale: boolean,
): Promise<Opened | null> => {
  const known = deps.issuers.setOf(tenant)?.set;
  if (known !== undefined && !isStale) {
    const judged = await judgeToken(deps, tenant, known, presentation);
    if (judged.ok) return { set: known, vouched: judged.value };
  }
  const set = await readSet(deps, tenant, isStale);
  if (set === null || set.version === known?.version) return null;
  const judged = await judgeToken(deps, tenant, set, presentation);
  return judged.ok ? { set, vouched: judged.value } : null;
};

/** Between two readings of a tenant's set because of a token that it does not cover: strangers can send such. */
const READ_AGAIN_MS = 1_000;

/** The set as the tenant has it, unless it was read just now. Null: there is no such tenant. */
const readSet = async (deps: Deps, tenant: TenantId, isStale: boolean): Promise<SignatorySet | null> => {
  const known = deps.issuers.setOf(tenant);
  if (known !== undefined && !isStale && deps.nowMs() - known.at < READ_AGAIN_MS) return known.set;
  // A name out of a stranger's path wakes no object unless a tenant has it.
  if (known === undefined && !(await isListed(deps.db, tenant))) return null;
  const set = await deps.tenant(tenant).signatories();
  if (set !== null) deps.issuers.keepSet(tenant, set, deps.nowMs());
  return set;
};

/**
 * The credential with which `use` asks the tenant object. What it refuses to a token may be the fault of a set that is
 * out of date: then the token is judged by the one in force, and `use` asks once more.
 */
export const withCredential = async <T>(
  deps: Deps,
  { tenant, credential, proof }: Caller,
  use: (credential: Credential) => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> => {
  if (credential.kind !== 'token') return use(credential);
  const presentation = { ...credential, proof: proof ?? null };
  const opened = await open(deps, tenant, presentation, false);
  if (opened === null) return err(refusal('unauthorized'));
  const answer = await use(asCredential(opened, credential));
  if (answer.ok || answer.error.code !== 'unauthorized') return answer;
  const again = await open(deps, tenant, presentation, true);
  return again === null || again.set.version === opened.set.version ? answer : use(asCredential(again, credential));
};
