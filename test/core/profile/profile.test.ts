/** WCP 7.3-7.5: profiles are closed, name what they stand for, and unite to the strictest; they only ever add. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { defaultSettings, Settings } from '../../../src/core/hall/settings.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { activate, deactivate, withBases } from '../../../src/core/profile/activation.ts';
import { BUILT_IN, builtIn } from '../../../src/core/profile/built-in/all.ts';
import { DEMANDS, demands, mappingOf, readProfile } from '../../../src/core/profile/document.ts';
import { EMPTY_POSTURE_DOCUMENT } from '../../../src/core/profile/posture.ts';
import { buildStance } from '../../../src/core/profile/stance.ts';

const profile = (change: object = {}) => ({ profile_id: 'org.acme.own', version: '1.0.0', title: 'Own', ...change });
const faultOf = (change: object): string => {
  const read = readProfile(profile(change));
  return read.ok ? 'taken' : `${read.error[0]?.field} ${read.error[0]?.message}`;
};
const inForce = (...changes: object[]) =>
  changes.map((change, at) => {
    const read = readProfile(profile({ profile_id: `org.acme.p${at}`, ...change }));
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    return { profile: read.value, hash: sha256Hex(String(at)), overrides: new Set<string>() };
  });

describe('a profile document', () => {
  test.each([
    ['a floor that is switched off', { hall_floors: { require_signatory: false } }, '/hall_floors/require_signatory'],
    ['a floor that is none', { hall_floors: { be_nice: true } }, '/hall_floors'],
    ['a blast limit above that of the Hall', { blast: { prod: { escalate_at: 86 } } }, '/blast/prod/escalate_at'],
    ['an environment that is none', { blast: { moon: { escalate_at: 1 } } }, '/blast'],
    ['a control that is none', { controls_required: ['cap.doc.hash'] }, '/controls_required/0'],
    ['an event nobody emits', { telemetry_required: ['evt.os.nothing'] }, '/telemetry_required/0'],
    ['a demand that is not enforced here', { attestation: { max_age_days: 3 } }, '/attestation/max_age_days'],
    ['an unknown member', { colour: 'red' }, '/colour'],
    ['a version that is none', { version: 'latest' }, '/version'],
    ['an id that is none', { profile_id: 'Own' }, '/profile_id'],
    [
      'a mapping to nothing',
      {
        mappings: [
          {
            framework_control: 'X',
            title: 'x',
            responsibility: ['enforced'],
            enforced_by: ['magic'],
            evidence: [],
            not_shown: 'x',
          },
        ],
      },
      '/mappings/0/enforced_by/0',
    ],
  ])('is refused with %s', (_, change, field) => {
    expect(faultOf(change)).toContain(field);
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (content) => {
        expect(readProfile(content)).toHaveProperty('ok');
      }),
    );
  });
});

describe('built-in profiles', () => {
  test('the 33 of the taxonomy, the four that are named, five of frameworks', () => {
    expect(BUILT_IN).toHaveLength(33 + 4 + 5);
    expect(new Set(BUILT_IN.map(({ profile: { profile_id } }) => profile_id)).size).toBe(42);
    expect(BUILT_IN.filter(({ profile: { framework } }) => framework !== undefined)).toHaveLength(5);
    expect(builtIn('prof.pol.default-deny-strict', null)?.profile.controls_required).toHaveLength(4);
    expect(builtIn('prof.prod.strict', '9.9.9')).toBeNull();
  });

  test('every one could be published, and is what its hash says', () => {
    for (const { hash, text, profile: document } of BUILT_IN) {
      expect(readProfile(JSON.parse(text))).toMatchObject({ ok: true });
      expect(sha256Hex(text), document.profile_id).toBe(hash);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }
  });

  test('every demand has a row that says what for, and every row says what it does not show', () => {
    for (const { profile: document } of BUILT_IN) {
      for (const demand of DEMANDS.filter((one) => demands(document, one))) {
        expect(mappingOf(document, demand), `${document.profile_id} ${demand}`).not.toBeNull();
      }
      for (const row of document.mappings) {
        const where = `${document.profile_id} ${row.framework_control}`;
        expect(row.not_shown.length, where).toBeGreaterThan(8);
        expect(row.responsibility.length, where).toBeGreaterThan(0);
        // What is the customer's alone is nothing that a Hall enforces; all else names what does.
        if (!row.responsibility.every((who) => who === 'customer')) expect(row.enforced_by, where).not.toEqual([]);
        expect(row.evidence, where).not.toEqual([]);
      }
    }
  });

  test('nothing claims to certify', () => {
    for (const { text } of BUILT_IN) expect(text).not.toMatch(/\bcertified\b|\bcompliant\b|\bguarantee/i);
  });

  test('are frozen', () => {
    const named = ['prof.dev.permissive', 'prof.prod.strict', 'prof.edge.isolated', 'prof.mem.rag-strict'];
    expect(named.map((id) => builtIn(id, null)?.hash.slice(0, 16))).toMatchInlineSnapshot(`
      [
        "6ac6637ecdca8f70",
        "035c808fb3b31aba",
        "64d60eb358ffd334",
        "719d3d566fcee68d",
      ]
    `);
    expect(sha256Hex(BUILT_IN.map(({ hash }) => hash).join())).toMatchInlineSnapshot(
      `"1e1190f95af7d732b59337a0066d98798c47a3377fcc052d4883976edbe39a4e"`,
    );
  });

  test('the dates of the AI Act are those of the amendment', () => {
    const text = builtIn('org.guildhall.eu-ai-act-high-risk', null)?.text ?? '';
    for (const said of [
      '2 December 2027',
      '2 August 2028',
      '2 August 2026',
      '(EU) 2026/1744',
      'EUR 15 million or 3 %',
    ]) {
      expect(text).toContain(said);
    }
    expect(builtIn('org.guildhall.eu-ai-act-high-risk', null)?.profile.receipts?.retention_days).toBe(183);
  });
});

describe('several profiles unite, and the strictest wins', () => {
  test('floors, limits, labels and terms', () => {
    const stance = buildStance(
      inForce(
        {
          hall_floors: { require_signatory: true },
          blast: { prod: { escalate_at: 70, max_score: 95 } },
          data_labels: ['PUBLIC', 'INTERNAL'],
          human_oversight: { worker_risk: { high: 'hold' }, quorum: 2, ttl_s: 600 },
          controls_required: ['ctrl.obs.structured_logging'],
        },
        {
          hall_floors: { policy_gate: true },
          blast: { prod: { escalate_at: 50 } },
          data_labels: ['INTERNAL', 'RESTRICTED'],
          human_oversight: { worker_risk: { high: 'hold' }, supervisor_level: 'executor', four_eyes: true },
          controls_required: ['ctrl.obs.structured-logging', 'ctrl.obs.metrics-core'],
        },
      ),
      'prod',
    );
    expect(stance.strengthen(defaultSettings)).toMatchObject({ require_signatory: true, approval_ttl_s: 600 });
    expect(stance).toMatchObject({ policyGate: true, escalateAt: 50, maxScore: 95, noEgress: false });
    expect([...(stance.labels ?? [])]).toEqual(['INTERNAL']);
    expect(stance.controls.normal).toEqual(['ctrl.obs.metrics-core', 'ctrl.obs.structured-logging']);
    const asked = {
      query: { capability_id: 'x', env: 'prod', data_label: 'PUBLIC', tenant_risk: 'low', qos_class: 'P2' } as const,
      tenantId: 't',
      blastScore: 1,
      workerId: 'w',
      workerRisk: 'high',
    };
    expect(stance.oversight(asked)).toMatchObject({
      kind: 'hold',
      terms: { level: 'executor', quorum: 2, passkey: false, escalation: [] },
    });
    expect(stance.oversight({ ...asked, workerRisk: 'low' })).toBeNull();
  });

  test('a limit of another environment is none here', () => {
    const stance = buildStance(inForce({ blast: { prod: { escalate_at: 50 } } }), 'dev');
    expect(stance.escalateAt).toBeNull();
  });

  test('what is denied for its risk waits for a human where the activation overrides it, and only there', () => {
    const [one] = inForce({ human_oversight: { worker_risk: { critical: 'deny' } } });
    if (one === undefined) throw new Error('no profile');
    const stance = buildStance([{ ...one, overrides: new Set(['org.acme.w']) }], 'prod');
    const asked = {
      query: { capability_id: 'x', env: 'prod', data_label: 'PUBLIC', tenant_risk: 'low', qos_class: 'P2' } as const,
      tenantId: 't',
      blastScore: 1,
      workerRisk: 'critical',
    };
    expect(stance.oversight({ ...asked, workerId: 'org.acme.w' })).toMatchObject({ kind: 'hold' });
    expect(stance.oversight({ ...asked, workerId: 'org.acme.v' })).toMatchObject({ kind: 'deny' });
  });

  test('no profile lowers a floor, whatever the settings', () => {
    const anySettings = fc
      .record(
        Object.fromEntries(
          [
            'enforce_correlation_id',
            'enforce_required_controls',
            'enforce_blast_scoring_in_prod',
            'require_signatory',
            'require_credential',
            'require_worker_attestation',
            'enforce_privilege_envelopes',
            'strict',
          ].map((floor) => [floor, fc.boolean()]),
        ),
      )
      .map((floors) => Settings.parse({ ...defaultSettings, ...floors }));
    const anyProfiles = fc.subarray(
      BUILT_IN.map(({ profile: document, hash }) => ({ profile: document, hash, overrides: new Set<string>() })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(anySettings, anyProfiles, (own, profiles) => {
        const stronger = buildStance(profiles, 'prod').strengthen(own);
        for (const [name, value] of Object.entries(own)) {
          if (value === true) expect(stronger[name as keyof Settings]).toBe(true);
        }
        expect(stronger.approval_ttl_s).toBeLessThanOrEqual(own.approval_ttl_s);
        expect(buildStance([...profiles].reverse(), 'prod').strengthen(own)).toEqual(stronger);
      }),
    );
  });
});

describe('activation', () => {
  const known = (id: string) => {
    const found = builtIn(id, null);
    if (found === null) throw new Error(id);
    return { known: found, via: null };
  };
  const everywhere = { envs: null, overrides: [] };

  test('in whatever order, the posture is the same; twice changes nothing', () => {
    const [a, b] = [known('prof.prod.strict'), known('prof.edge.isolated')];
    const one = activate(activate(EMPTY_POSTURE_DOCUMENT, [a], everywhere) ?? EMPTY_POSTURE_DOCUMENT, [b], everywhere);
    const two = activate(activate(EMPTY_POSTURE_DOCUMENT, [b], everywhere) ?? EMPTY_POSTURE_DOCUMENT, [a], everywhere);
    expect(one).toEqual(two);
    expect(activate(one ?? EMPTY_POSTURE_DOCUMENT, [a], everywhere)).toEqual(one);
  });

  test('may be widened, never weakened', () => {
    const strict = known('prof.prod.strict');
    const prod = activate(EMPTY_POSTURE_DOCUMENT, [strict], { envs: ['prod'], overrides: ['org.a.w', 'org.a.v'] });
    if (prod === null) throw new Error('not activated');
    const more = activate(prod, [strict], { envs: ['edge'], overrides: ['org.a.w'] });
    expect(more?.profiles).toMatchObject([{ envs: ['edge', 'prod'], overrides: ['org.a.w'] }]);
    expect(activate(prod, [strict], { envs: ['prod'], overrides: ['org.a.other'] })).toBeNull();
    const all = activate(prod, [strict], everywhere);
    expect(all?.profiles[0]).not.toHaveProperty('envs');
    expect(activate(all ?? prod, [strict], { envs: ['dev'], overrides: [] })).toEqual(all);
  });

  test('what a profile extends comes and goes with it', () => {
    const [own] = inForce({ extends: ['prof.prod.strict@1.0.0', 'prof.edge.isolated@1.0.0'] });
    if (own === undefined) throw new Error('no profile');
    const all = withBases({ hash: own.hash, text: '', profile: own.profile }, (name) =>
      builtIn(name.split('@')[0] ?? '', null),
    );
    const posture = activate(EMPTY_POSTURE_DOCUMENT, all, everywhere);
    expect(posture?.profiles.map(({ profile_id, via }) => [profile_id, via])).toEqual([
      ['org.acme.p0', undefined],
      ['prof.edge.isolated', 'org.acme.p0@1.0.0'],
      ['prof.prod.strict', 'org.acme.p0@1.0.0'],
    ]);
    expect(deactivate(posture ?? EMPTY_POSTURE_DOCUMENT, 'org.acme.p0@1.0.0')).toEqual(EMPTY_POSTURE_DOCUMENT);
  });
});
