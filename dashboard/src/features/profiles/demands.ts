/** A profile as rows that can be read, and laid beside those of another one. */

import { HALL_FLOORS } from '../../../../src/core/profile/floors.ts';
import { ENVS, type Written } from './types.ts';
import { DEMAND_WORDS } from './words.ts';

export interface DemandRow {
  /** The same demand has the same key in every profile. */
  readonly key: string;
  readonly group: string;
  readonly label: string;
  readonly value: string;
}

const RISKS = ['low', 'medium', 'high', 'critical', 'unknown'] as const;
const RISK_WORDS = { proceed: 'may proceed', hold: 'waits for a person', deny: 'is denied' } as const;

const row = (group: string, key: string, label: string, value: string): DemandRow => ({
  group,
  key: `${group}/${key}`,
  label,
  value,
});

const duration = (seconds: number): string =>
  seconds % 86_400 === 0 ? `${seconds / 86_400} days` : seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${seconds} s`;

const oversight = ({ human_oversight: asked }: Written): readonly DemandRow[] => {
  if (asked === undefined) return [];
  const group = 'People';
  return [
    ...RISKS.flatMap((risk) => {
      const said = asked.worker_risk?.[risk];
      return said === undefined ? [] : [row(group, risk, `A worker of ${risk} risk`, RISK_WORDS[said])];
    }),
    ...((asked.when ?? []).length > 0
      ? [row(group, 'when', 'A person is also asked when', `${asked.when.length} conditions hold`)]
      : []),
    row(group, 'level', 'Who is asked', (asked.supervisor_level ?? 'gatekeeper').replaceAll('_', ' ')),
    row(group, 'quorum', 'How many have to agree', String(asked.quorum ?? 1)),
    row(group, 'four_eyes', 'Four eyes', asked.four_eyes === true ? 'yes' : 'no'),
    ...(asked.passkey === true ? [row(group, 'passkey', 'A yes is signed', 'with a passkey')] : []),
    ...(asked.escalation ?? []).map(({ after_s, to }) =>
      row(group, `after ${to}`, `Then asked: ${to.replaceAll('_', ' ')}`, `after ${duration(after_s)}`),
    ),
    ...(asked.ttl_s === undefined ? [] : [row(group, 'ttl', 'Time to answer', duration(asked.ttl_s))]),
  ];
};

export const demandRows = (profile: Written): readonly DemandRow[] => [
  ...HALL_FLOORS.flatMap((floor) =>
    profile.hall_floors?.[floor] === true ? [row('Floors', floor, DEMAND_WORDS[floor], 'on')] : [],
  ),
  ...(profile.controls_required ?? []).map((control) => row('Controls', control, control, 'required')),
  ...ENVS.flatMap((env) => {
    const limit = profile.blast?.[env];
    if (limit === undefined) return [];
    return [
      ...(limit.escalate_at === undefined
        ? []
        : [row('Blast radius', `${env}/ask`, `A person is asked in ${env}`, `from ${limit.escalate_at} of 100`)]),
      ...(limit.max_score === undefined
        ? []
        : [row('Blast radius', `${env}/max`, `Nobody can say yes in ${env}`, `above ${limit.max_score} of 100`)]),
    ];
  }),
  ...(profile.data_labels === undefined
    ? []
    : [row('Data', 'labels', 'Labels that may be processed', profile.data_labels.join(', '))]),
  ...(profile.residency === undefined
    ? []
    : [row('Data', 'residency', 'Where the tenant is kept', profile.residency.jurisdiction)]),
  ...oversight(profile),
  ...(profile.attestation?.signed_manifest_required === true
    ? [row('Attestation', 'manifest', DEMAND_WORDS.signed_manifest, 'required')]
    : []),
  ...(profile.receipts === undefined
    ? []
    : [
        row('Records', 'retention', 'Receipts are kept', `${profile.receipts.retention_days} days`),
        ...(profile.receipts.legal_hold === true ? [row('Records', 'hold', 'Legal hold', 'on')] : []),
      ]),
  ...((profile.ban_lists ?? []).length > 0
    ? [row('Records', 'bans', 'Ban lists that count', (profile.ban_lists ?? []).join(', '))]
    : []),
  ...(profile.telemetry_required ?? []).map((event) => row('Records', event, event, 'recorded')),
  ...(profile.extends ?? []).map((name) => row('Extends', name, name, 'demanded, too')),
];

/** Rows by their group, in order. */
export const byGroup = <T extends { readonly group: string }>(
  rows: readonly T[],
): readonly (readonly [group: string, rows: readonly T[]])[] => {
  const groups = new Map<string, T[]>();
  for (const one of rows) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return [...groups];
};

export interface ComparedRow {
  readonly key: string;
  readonly group: string;
  readonly label: string;
  readonly a: string | null;
  readonly b: string | null;
}

const GROUPS = ['Floors', 'Controls', 'Blast radius', 'Data', 'People', 'Attestation', 'Records', 'Extends'];

export const compareProfiles = (a: Written, b: Written): readonly ComparedRow[] => {
  const [left, right] = [a, b].map((one) => new Map(demandRows(one).map((demand) => [demand.key, demand])));
  const rows = new Map([...(left ?? []), ...(right ?? [])]);
  return [...rows.values()]
    .map(({ key, group, label }) => ({
      key,
      group,
      label,
      a: left?.get(key)?.value ?? null,
      b: right?.get(key)?.value ?? null,
    }))
    .sort((x, y) => GROUPS.indexOf(x.group) - GROUPS.indexOf(y.group));
};
