/** Settings in the form in which they are asked: sets instead of lists, made once for each settings object. */
import { ENVS, type HallEnv, normalControl } from '../vocabulary.ts';
import type { Settings } from './settings.ts';
import { cleanAll } from './text.ts';

export interface SettingsView {
  /** What the Hall itself supplies, normalised. */
  readonly hallControls: ReadonlySet<string>;
  /** The same as written, for display. */
  readonly hallControlsShown: readonly string[];
  readonly allowedTenants: ReadonlySet<string>;
  /** Destinations by environment; null where no list is configured. */
  readonly egress: Readonly<Record<HallEnv, ReadonlySet<string> | null>>;
  readonly attestationTtlMicros: number;
  readonly heartbeatTtlMicros: number;
  readonly approvalTtlMicros: number;
}

const MICROS = 1_000_000;
const known = new WeakMap<Settings, SettingsView>();

export function viewOfSettings(settings: Settings): SettingsView {
  const seen = known.get(settings);
  if (seen !== undefined) return seen;
  const view = build(settings);
  known.set(settings, view);
  return view;
}

function build(settings: Settings): SettingsView {
  const listed = (env: HallEnv): ReadonlySet<string> | null => {
    const list = settings.egress_allowlist[env] ?? [];
    return list.length === 0 ? null : new Set(list);
  };
  const [dev, stage, prod, edge] = ENVS.map(listed);
  return {
    hallControls: new Set(settings.hall_controls.map(normalControl)),
    hallControlsShown: cleanAll(settings.hall_controls),
    allowedTenants: new Set(settings.allowed_tenants),
    egress: { dev: dev ?? null, stage: stage ?? null, prod: prod ?? null, edge: edge ?? null },
    attestationTtlMicros: settings.attestation_ttl_s * MICROS,
    heartbeatTtlMicros: settings.heartbeat_ttl_s * MICROS,
    approvalTtlMicros: settings.approval_ttl_s * MICROS,
  };
}
