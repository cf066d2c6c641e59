/** All profiles, and what the active ones make together. Two can be marked and laid side by side. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { Card, type Column, Page, Table } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { Posture } from './posture.tsx';
import { postureNow, profileList } from './queries.ts';
import type { ActiveProfile, ProfileRow } from './types.ts';

const POSTURES = new Set(['prof.dev.permissive', 'prof.prod.strict', 'prof.edge.isolated', 'prof.mem.rag-strict']);

const SECTIONS: readonly (readonly [title: string, said: string, holds: (row: ProfileRow) => boolean])[] = [
  ['Your own', 'Published by this tenant.', ({ source }) => source === 'own'],
  ['Postures', 'Where to begin: a named way to run a Hall.', ({ profile_id }) => POSTURES.has(profile_id)],
  [
    'Compliance',
    'Each says which control of a framework a demand stands for, what shows it, and what that does not show.',
    ({ framework, source }) => framework !== null && source === 'built_in',
  ],
  [
    'By subject',
    'The controls of one kind of work.',
    ({ profile_id, framework, source }) => source === 'built_in' && framework === null && !POSTURES.has(profile_id),
  ],
];

const LONGEST = 'By subject';

const Section = ({
  title,
  said,
  isOpen,
  children,
}: {
  title: string;
  said: string;
  isOpen: boolean;
  children: ReactNode;
}) => (
  <details open={isOpen} className="group space-y-2">
    <summary className="cursor-pointer rounded-md">
      <h2 className="inline">{title}</h2> <span className="text-soft">{said}</span>
    </summary>
    {children}
  </details>
);

const Active = ({ active }: { active: readonly ActiveProfile[] }) =>
  active.length === 0 ? (
    <p className="text-soft">
      No profile is active: the floors of your settings hold, and nothing more. A good first step is{' '}
      <Link to="/app/profiles/$profileId" params={{ profileId: 'prof.prod.strict' }} className="underline">
        Production, strict
      </Link>
      .
    </p>
  ) : (
    <ul className="flex flex-wrap gap-2">
      {active.map(({ profile_id, version, envs, via }) => (
        <li key={`${profile_id} ${via}`} className="rounded-md border border-line px-2.5 py-1">
          <Link to="/app/profiles/$profileId" params={{ profileId: profile_id }} className="font-medium underline">
            {profile_id}
          </Link>{' '}
          <span className="text-soft">
            {version} · {envs === null ? 'everywhere' : envs.join(', ')}
            {via === null ? '' : ` · brought by ${via}`}
          </span>
        </li>
      ))}
    </ul>
  );

export const ProfilesPage = () => {
  const navigate = useNavigate();
  const list = useQuery(profileList);
  const posture = useQuery(postureNow);
  const [words, setWords] = useState('');
  const [marked, setMarked] = useState<readonly string[]>([]);
  const mark = (profileId: string): void =>
    setMarked(
      marked.includes(profileId) ? marked.filter((one) => one !== profileId) : [...marked.slice(-1), profileId],
    );
  const columns: readonly Column<ProfileRow>[] = [
    {
      head: 'Compare',
      cell: ({ profile_id, title }) => (
        <input
          type="checkbox"
          className="size-6 accent-accent"
          aria-label={`Compare ${title}`}
          checked={marked.includes(profile_id)}
          onChange={() => mark(profile_id)}
        />
      ),
      className: 'w-px',
    },
    {
      head: 'Profile',
      cell: ({ profile_id, title }) => (
        <>
          <Link
            to="/app/profiles/$profileId"
            params={{ profileId: profile_id }}
            className="font-medium underline decoration-line"
          >
            {title}
          </Link>
          <div className="text-xs text-soft">
            <code>{profile_id}</code>
          </div>
        </>
      ),
    },
    { head: 'Framework', cell: ({ framework }) => framework ?? '—' },
    { head: 'Version', cell: ({ version }) => version },
    {
      head: 'State',
      cell: ({ active }) =>
        active ? <Badge tone="allow">active</Badge> : <span className="text-soft">not active</span>,
    },
  ];
  const withoutFramework = columns.filter(({ head }) => head !== 'Framework');
  const [a, b] = marked;
  return (
    <Page
      title="Profiles"
      changes="hall:admin"
      lead="A profile is a named posture. Several unite, and the strictest demand wins; none lowers a floor."
      action={
        <Button
          kind="primary"
          disabled={a === undefined || b === undefined}
          onClick={() => void navigate({ to: '/app/profiles/compare', search: { ...(a && { a }), ...(b && { b }) } })}
        >
          {b === undefined ? 'Mark two to compare' : 'Compare the two'}
        </Button>
      }
    >
      <Card title="In force">
        <Loaded query={posture} what="what is in force">
          {(now) => (
            <div className="space-y-4">
              <Active active={now.profiles} />
              {now.profiles.length > 0 && (
                <p className="text-soft">
                  To swap one, open the profile you want and choose what it takes the place of.
                </p>
              )}
              <details open={now.profiles.length > 0}>
                <summary className="cursor-pointer font-medium">Every floor, and who demands it</summary>
                <div className="mt-2">
                  <Posture posture={now} />
                </div>
              </details>
            </div>
          )}
        </Loaded>
      </Card>
      <Field label="Find a profile">
        <Input
          type="search"
          value={words}
          placeholder="strict, SOC 2, sandbox …"
          onChange={({ target }) => setWords(target.value)}
        />
      </Field>
      <Loaded query={list} what="profiles">
        {({ profiles }) => {
          const found = profiles.filter((row) =>
            `${row.title} ${row.profile_id} ${row.framework ?? ''}`.toLowerCase().includes(words.trim().toLowerCase()),
          );
          if (found.length === 0) return <Empty title="No profile is called that">Try another word.</Empty>;
          return SECTIONS.map(([title, said, holds]) => {
            const rows = found.filter(holds);
            return rows.length === 0 ? null : (
              <Section key={title} title={title} said={said} isOpen={title !== LONGEST || words.trim() !== ''}>
                <Table
                  caption={title}
                  columns={rows.some(({ framework }) => framework !== null) ? columns : withoutFramework}
                  rows={rows}
                  rowKey={({ profile_id, version }) => `${profile_id}@${version}`}
                />
              </Section>
            );
          });
        }}
      </Loaded>
    </Page>
  );
};
