/** What a Hall says about itself: its state, and which WCP level its settings reach, each requirement apart. */
import type { Settings } from '../core/hall/settings.ts';
import type { JsonObject } from '../core/json.ts';
import type { Refusal } from '../core/refusal.ts';
import { ok, type Result } from '../core/result.ts';
import type { Caller } from './caller.ts';
import { witnessNameOf } from './checkpoints.ts';
import type { Deps } from './deps.ts';
import { ask } from './ledger.ts';

export const VERSION = '0.1.0';
const WCP_VERSIONS = ['0.1', '0.2'] as const;

/** The public keys that verify what this service signs; a witness key says under which name it signs notes. */
export const publishedKeys = (deps: Deps): { readonly keys: readonly object[] } => ({
  keys: deps.ring.jwks.keys.map((key) => (key.use === 'witness' ? { ...key, name: witnessNameOf(deps) } : key)),
});

export const publicHealth = (): JsonObject => ({ status: 'ok', version: VERSION, wcp_versions: WCP_VERSIONS });

export const health = async (deps: Deps, caller: Caller): Promise<Result<JsonObject, Refusal>> => {
  const answer = await ask(deps, caller, { kind: 'health' });
  if (!answer.ok) return answer;
  const { settings, frozen, online, standing, catalog_version, policy_version, rule_set_version, ledger, ban_feed } =
    answer.value;
  const authorities = trusted(deps, answer.value.authorities as unknown as readonly Subscription[]);
  return ok({
    ...publicHealth(),
    status: frozen === null ? 'ok' : 'frozen',
    online: online ?? false,
    standing: standing ?? null,
    compliance: Object.fromEntries(
      WCP_VERSIONS.map((version) => [
        version,
        compliance(version, settings as unknown as Settings, rule_set_version !== null, authorities),
      ]),
    ),
    catalog_version: catalog_version ?? null,
    policy_version: policy_version ?? null,
    rule_set_version: rule_set_version ?? null,
    ban_feed: ban_feed ?? null,
    ledger: ledger ?? null,
    authorities: authorities.map((authority) => ({ ...authority })),
  });
};

interface Subscription {
  readonly authority_id: string;
  readonly name: string | null;
  readonly keys: Readonly<Record<string, string>>;
  readonly ban_epoch: number;
}

interface Trusted {
  readonly authority_id: string;
  readonly name: string | null;
  readonly key_ids: readonly string[];
  readonly ban_epoch: number;
  /** It does not sign with the keys of this service. */
  readonly external: boolean;
}

const trusted = (deps: Deps, subscriptions: readonly Subscription[]): readonly Trusted[] => {
  const own = new Set(deps.ring.jwks.keys.map(({ kid }) => kid));
  return subscriptions.map(({ authority_id, name, keys, ban_epoch }) => {
    const keyIds = Object.keys(keys).sort();
    return { authority_id, name, key_ids: keyIds, ban_epoch, external: !keyIds.some((kid) => own.has(kid)) };
  });
};

interface Requirement {
  readonly id: string;
  readonly level: 'WCP-Basic' | 'WCP-Standard' | 'WCP-Full';
  readonly ok: boolean;
  readonly detail: string;
}

const requirements = (
  version: string,
  settings: Settings,
  hasRules: boolean,
  authorities: readonly Trusted[],
): readonly Requirement[] => {
  const external = authorities.filter((authority) => authority.external);
  const always = (id: string, level: Requirement['level'], detail: string): Requirement => ({
    id,
    level,
    ok: true,
    detail,
  });
  const floor = (id: string, isOn: boolean): Requirement => ({
    id,
    level: id === 'enforce_required_controls' ? 'WCP-Standard' : 'WCP-Full',
    ok: isOn,
    detail: isOn ? `setting ${id} is on` : `setting ${id} is off`,
  });
  return [
    {
      id: 'capability_routing',
      level: 'WCP-Basic',
      ok: hasRules,
      detail: hasRules ? 'rules are published' : 'no rules are published: every request is denied',
    },
    always('fail_closed', 'WCP-Basic', 'no rule, no dispatch'),
    always('deterministic', 'WCP-Basic', 'decisions are recomputed from the ledger'),
    floor('enforce_required_controls', settings.enforce_required_controls),
    always('telemetry', 'WCP-Standard', 'events come with every decision'),
    always('dry_run', 'WCP-Standard', 'supported for every capability'),
    floor('enforce_blast_scoring_in_prod', settings.enforce_blast_scoring_in_prod),
    always('privilege_envelopes', 'WCP-Full', 'checked where required'),
    always('policy_gate', 'WCP-Full', 'checked where a rule asks for it'),
    always('evidence_receipts', 'WCP-Full', 'every decision is a ledger entry'),
    always('discovery_api', 'WCP-Full', 'capabilities, workers, health'),
    floor('require_signatory', settings.require_signatory),
    floor('require_worker_attestation', settings.require_worker_attestation),
    ...(version === '0.1'
      ? []
      : [
          {
            id: 'external_attestation_authority',
            level: 'WCP-Full' as const,
            ok: external.length > 0,
            detail:
              external.length > 0
                ? `subscribed to ${external.map(({ authority_id }) => authority_id).join(', ')}`
                : 'no external authority is subscribed to',
          },
        ]),
  ];
};

const compliance = (
  version: string,
  settings: Settings,
  hasRules: boolean,
  authorities: readonly Trusted[],
): JsonObject => {
  const all = requirements(version, settings, hasRules, authorities);
  const reached = (['WCP-Basic', 'WCP-Standard', 'WCP-Full'] as const).filter((_, index, levels) =>
    all.every((requirement) => requirement.ok || levels.indexOf(requirement.level) > index),
  );
  return {
    level: reached.at(-1) ?? 'none',
    requirements: all.map(({ id, ok: isOk, detail }) => ({ id, ok: isOk, detail })),
  };
};
