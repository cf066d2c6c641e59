/** Framework control × enforcement × evidence × what it does not show. It supports evidence; it certifies nothing. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { csv, download } from '../../ui/download.ts';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Figures } from '../../ui/stat.tsx';
import { Empty, Loaded, Notice } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { postureNow } from '../profiles/queries.ts';
import type { Profile } from '../profiles/types.ts';
import { demandWords } from '../profiles/words.ts';
import { type Evidence, useEvidence } from './evidence.ts';
import { type ControlRow, controlRows, STANDINGS, type Standing } from './standing.ts';

const number = new Intl.NumberFormat();

const Shown = ({ row, evidence }: { row: ControlRow; evidence: Evidence }) => {
  if (row.evidence.length === 0) return <span className="text-soft">nothing here</span>;
  const last = row.evidence
    .map(({ lastAt }) => lastAt)
    .filter((at) => at !== null)
    .sort()
    .at(-1);
  const counted = row.evidence.filter((one) => one.isEntry);
  return (
    <>
      {counted.length > 0 && (
        <p className={`font-medium tabular-nums ${row.count === 0 && evidence.isDone ? 'text-hold' : ''}`}>
          {row.count === 0
            ? evidence.isDone
              ? 'no entry yet'
              : '…'
            : `${number.format(row.count)} ${row.count === 1 ? 'entry' : 'entries'}`}
        </p>
      )}
      {last !== undefined && (
        <p className="text-xs text-soft">
          last <Time at={last} />
        </p>
      )}
      <ul className="mt-0.5 text-xs text-soft">
        {row.evidence.map(({ name }) => (
          <li key={name}>
            <code className="break-words">{name}</code>
          </li>
        ))}
      </ul>
    </>
  );
};

const columnsFor = (evidence: Evidence): readonly Column<ControlRow>[] => [
  {
    head: 'Control',
    cell: ({ mapping }) => (
      <>
        <p className="font-medium">{mapping.framework_control}</p>
        <p className="text-soft">{mapping.title}</p>
      </>
    ),
    className: 'min-w-52 md:w-1/4',
  },
  {
    head: 'Enforcement',
    cell: ({ mapping, standing }) => {
      const [word, , tone] = STANDINGS[standing];
      return (
        <>
          <Badge tone={tone}>{word}</Badge>
          <ul className="mt-1 text-xs text-soft">
            {mapping.enforced_by.map((name) => (
              <li key={name}>{demandWords(name)}</li>
            ))}
          </ul>
        </>
      );
    },
    className: 'min-w-52 md:w-1/4',
  },
  { head: 'Evidence', cell: (row) => <Shown row={row} evidence={evidence} />, className: 'min-w-44' },
  { head: 'What it does not show', cell: ({ mapping }) => mapping.not_shown, className: 'min-w-56 md:w-1/4' },
];

const exportRows = (profile: Profile, rows: readonly ControlRow[], evidence: Evidence): void =>
  download(
    `${profile.profile_id}-${profile.version}-controls.csv`,
    'text/csv',
    csv(
      ['control', 'title', 'enforcement', 'enforced_by', 'evidence', 'entries', 'last_at', 'not_shown', 'counted_of'],
      rows.map(({ mapping, standing, evidence: shown, count }) => [
        mapping.framework_control,
        mapping.title,
        STANDINGS[standing][0],
        mapping.enforced_by.join(' '),
        shown.map(({ name }) => name).join(' '),
        count,
        shown
          .map(({ lastAt }) => lastAt)
          .filter((at) => at !== null)
          .sort()
          .at(-1),
        mapping.not_shown,
        `${evidence.scanned} of ${evidence.size} entries`,
      ]),
    ),
  );

const isStanding = (text: string): text is Standing => text in STANDINGS;

const Controls = ({
  profile,
  rows,
  evidence,
}: {
  profile: Profile;
  rows: readonly ControlRow[];
  evidence: Evidence;
}) => {
  const [only, setOnly] = useState<Standing | 'all' | 'unshown'>('all');
  const [words, setWords] = useState('');
  const count = (standing: Standing): number => rows.filter((row) => row.standing === standing).length;
  const unshown = rows.filter(
    (row) => row.standing !== 'customer' && row.count === 0 && row.evidence.some((one) => one.isEntry),
  );
  const found = rows
    .filter((row) => only === 'all' || (only === 'unshown' ? unshown.includes(row) : row.standing === only))
    .filter(({ mapping }) =>
      `${mapping.framework_control} ${mapping.title} ${mapping.not_shown}`
        .toLowerCase()
        .includes(words.trim().toLowerCase()),
    );
  return (
    <div className="space-y-4">
      <Figures
        figures={[
          { label: 'controls', value: rows.length },
          { label: 'enforced', value: count('enforced') + count('partly'), tone: 'allow' },
          { label: 'recorded', value: count('recorded') },
          { label: 'not in force', value: count('inactive'), tone: count('inactive') > 0 ? 'fault' : 'ink' },
          { label: 'yours', value: count('customer') },
          { label: 'without an entry yet', value: evidence.isDone ? unshown.length : '…' },
        ]}
      />
      <Notice>
        This supports evidence for the controls it maps; it certifies nothing. Every row says what it does not show.{' '}
        <span role="status" className="text-soft">
          {evidence.isDone && evidence.scanned >= evidence.size
            ? `All ${number.format(evidence.size)} entries of the ledger are counted.`
            : `Counted ${number.format(evidence.scanned)} of ${number.format(evidence.size)} entries, newest first${evidence.isDone ? '; older ones are not in the figures.' : ' …'}`}
        </span>
      </Notice>
      <div className="grid gap-3 sm:grid-cols-[1fr_14rem_auto] sm:items-end">
        <Field label="Find a control">
          <Input
            type="search"
            value={words}
            onChange={({ target }) => setWords(target.value)}
            placeholder="CC7, access, logging …"
          />
        </Field>
        <Field label="Show">
          <Select
            value={only}
            onChange={({ target: { value } }) => setOnly(value === 'unshown' || isStanding(value) ? value : 'all')}
          >
            <option value="all">all controls</option>
            {Object.entries(STANDINGS).map(([standing, [word]]) => (
              <option key={standing} value={standing}>
                {word}
              </option>
            ))}
            <option value="unshown">without an entry yet</option>
          </Select>
        </Field>
        <Button onClick={() => exportRows(profile, found, evidence)}>Export CSV</Button>
      </div>
      {found.length === 0 ? (
        <Empty title="No control is like that">Loosen the filter.</Empty>
      ) : (
        <Table
          caption={`Controls of ${profile.document.title}`}
          columns={columnsFor(evidence)}
          rows={found}
          rowKey={({ mapping }) => `${mapping.framework_control} ${mapping.title}`}
        />
      )}
      <dl className="grid gap-x-4 gap-y-1 text-xs text-soft sm:grid-cols-2">
        {Object.values(STANDINGS).map(([word, said, tone]) => (
          <div key={word} className="flex gap-2">
            <dt>
              <Badge tone={tone}>{word}</Badge>
            </dt>
            <dd>{said}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
};

export const ComplianceView = ({ profile }: { profile: Profile }) => {
  const posture = useQuery(postureNow);
  const evidence = useEvidence();
  return (
    <Loaded query={posture} what="what is in force">
      {(now) => (
        <>
          {evidence.error !== null && (
            <Notice tone="hold">
              Entries could not be counted: {evidence.error.message}. The figures are too low.
            </Notice>
          )}
          <Controls profile={profile} rows={controlRows(profile, now, evidence)} evidence={evidence} />
        </>
      )}
    </Loaded>
  );
};
