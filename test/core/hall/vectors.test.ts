/**
 * Frozen decisions and record bodies: their canonical bytes are what is hashed, signed and recomputed years later.
 * Changing one demands a stated migration. `UPDATE_VECTORS=1` writes the file anew, for a case that was added.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { replay } from '../../../src/core/hall/replay.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import {
  ANNOUNCED,
  type Asked,
  CODE_HASH,
  type HallOptions,
  hall,
  input,
  NOW,
  OTHER_HASH,
  openHall,
  recorded,
  rule,
  rules,
  type TestHall,
  worker,
} from '../../support/hall.ts';

const FILE = fileURLToPath(new URL('../../vectors/decisions.json', import.meta.url).href);

const policy = (decision: string, more: JsonObject = {}) => ({
  policy_version: 'policy.v7',
  default: 'DENY',
  rules: [{ id: 'pr_1', match: { env: 'prod' }, decision, reason: 'because', ...more }],
});
const gated = (options: HallOptions): TestHall =>
  openHall({ rules: rules(rule({ escalation: { policy_gate: true } })), ...options });
const attested = { registered_hash: CODE_HASH, reported_hash: CODE_HASH, reported_at: NOW };
const controls = ['ctrl.obs.audit-log-append-only', 'ctrl.blast_radius_scoring', 'ctrl.privilege-envelopes-required'];

const CASES: Readonly<Record<string, readonly [JsonValue, TestHall, Asked?]>> = {
  announced: [ANNOUNCED, openHall()],
  'no rule': [ANNOUNCED, hall()],
  'invalid score': [input({ blast_score: '50' }), openHall()],
  'not an object': [['x'], openHall()],
  'did you mean': [input({ capability_id: 'cap.doc.sumarize' }), openHall()],
  'control characters': [
    input({ capability_id: 'cap.x\n', tenant_id: 'a%\u007fb' }),
    openHall({ rules: rules({ ...rule(), match: {} }) }),
  ],
  'every check passed in prod': [
    input({ env: 'prod', data_label: 'SECRET', policy_version: 'policy.v7', blast_score: 70.5, request: { page: 1 } }),
    gated({
      rules: rules(
        rule({
          required_controls_suggested: controls,
          escalation: { policy_gate: true },
          max_blast: { scale: 'sum25', prod: 12 },
        }),
      ),
      policy: policy('ALLOW_WITH_CONSTRAINTS', { constraints: { max_runtime_ms: 5_000 } }) as never,
      settings: {
        require_worker_attestation: true,
        allowed_tenants: ['acme-corp'],
        require_signatory: true,
        egress_allowlist: { prod: ['a.com'] },
      },
      workers: [
        worker(
          {
            currently_implements: controls,
            blast_radius: { data: 2, network: 1, financial: 0, time: 1, reversibility: 'partially-reversible' },
            privilege_envelope: { egress: { allowlist: ['a.com'] } },
          },
          attested,
        ),
      ],
    }),
    { chain: [{ capability_id: 'cap.other', request_hash: CODE_HASH, worker_id: 'org.test.other', blast_sum: 3 }] },
  ],
  'held by the gate': [
    input({ env: 'prod' }),
    gated({ policy: policy('REQUIRE_HUMAN', { supervisor_level: 'executor' }) as never }),
  ],
  throttled: [input({ env: 'prod' }), gated({ policy: policy('THROTTLE', { retry_after_ms: 1_500 }) as never })],
  'high blast': [input({ env: 'edge', blast_score: 85 }), openHall()],
  'missing controls, nobody enrolled': [
    input(),
    hall({ rules: rules(rule({ required_controls_suggested: controls })) }),
  ],
  'second worker after a ban': [
    input({ privilege_context: { egress: ['x%\n'] } }),
    openHall({
      workers: [worker({ worker_id: 'org.test.a' }), worker({ worker_id: 'org.test.b' })],
      bans: { workers: ['org.test.a'] },
    }),
  ],
  tampered: [
    input(),
    openHall({
      settings: { require_worker_attestation: true },
      workers: [worker({}, { ...attested, reported_hash: OTHER_HASH })],
    }),
  ],
  'dry run, offline, signed': [
    input({ dry_run: true }),
    openHall({ offline: true, standing: 'degraded', settings: { require_credential: true } }),
    { signatory: { kind: 'valid', tenant_id: 'acme-corp' } },
  ],
};

interface Vector {
  readonly sent: JsonValue;
  readonly outcome: string;
  readonly decision_sha256: string;
  readonly body_sha256: string;
  readonly body: JsonObject;
}

const made: Record<string, Vector> = {};
for (const [name, [sent, snapshot, asked]] of Object.entries(CASES)) {
  const { decided, body } = recorded(sent, snapshot, asked);
  made[name] = {
    sent,
    outcome: decided.decision.deny_code ?? decided.decision.outcome,
    decision_sha256: sha256Hex(canonicalJson(decided.decision)),
    body_sha256: sha256Hex(canonicalJson(body)),
    body,
  };
}
if (process.env.UPDATE_VECTORS === '1') writeFileSync(FILE, `${JSON.stringify(made, null, 2)}\n`);
const frozen = JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, Vector>>;

describe('frozen decisions', () => {
  test('none is missing', () => expect(Object.keys(frozen)).toEqual(Object.keys(CASES)));
  test.each(Object.entries(CASES))('%s', (name, [sent, snapshot, asked]) => {
    const { body, kept, decided } = recorded(sent, snapshot, asked);
    expect(made[name]).toEqual(frozen[name]);
    const again = replay({ body: JSON.parse(canonicalJson(body)) as JsonObject }, (hash) => kept.get(hash));
    expect(again).toMatchObject({ ok: true, value: { same: true } });
    if (again.ok) expect(canonicalJson(again.value.decision)).toBe(canonicalJson(decided.decision));
  });
});
