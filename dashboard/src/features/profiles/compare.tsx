/** Two profiles side by side: what each demands, and where they differ. The pair is in the address. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Field, Select } from '../../ui/field.tsx';
import { Empty, Failed, Loaded, Loading } from '../../ui/states.tsx';
import { Page, Scroller } from '../../ui/table.tsx';
import { byGroup, type ComparedRow, compareProfiles } from './demands.ts';
import { oneProfile, profileList } from './queries.ts';
import type { ProfileRow, Written } from './types.ts';

const FIRST = { a: 'prof.dev.permissive', b: 'prof.prod.strict' };

const Pick = ({
  label,
  value,
  profiles,
  onPick,
}: {
  label: string;
  value: string;
  profiles: readonly ProfileRow[];
  onPick: (profileId: string) => void;
}) => (
  <Field label={label}>
    <Select value={value} onChange={({ target }) => onPick(target.value)}>
      {profiles.map(({ profile_id, title }) => (
        <option key={profile_id} value={profile_id}>
          {title} ({profile_id})
        </option>
      ))}
    </Select>
  </Field>
);

const Side = ({ value, other }: { value: string | null; other: string | null }) => (
  <td className={`px-3 py-1.5 ${value !== other ? 'bg-hold-wash' : ''}`}>
    {value ?? <span className="text-soft">not demanded</span>}
    {value !== other && <span className="sr-only"> (differs)</span>}
  </td>
);

const Head = ({ profile }: { profile: Written }) => (
  <th scope="col" className="w-[30%] px-3 py-2 font-medium">
    <Link to="/app/profiles/$profileId" params={{ profileId: profile.profile_id }} className="underline">
      {profile.title}
    </Link>
    <div className="font-normal">{profile.version}</div>
  </th>
);

const SideBySide = ({ a, b }: { a: Written; b: Written }) => {
  const [onlyDifferences, setOnlyDifferences] = useState(false);
  const all = compareProfiles(a, b);
  const differing = all.filter((row) => row.a !== row.b).length;
  const rows: readonly ComparedRow[] = onlyDifferences ? all.filter((row) => row.a !== row.b) : all;
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p role="status">
          <strong>{differing}</strong> of {all.length} demands differ.{' '}
          <span className="text-soft">
            {a.title} maps {(a.mappings ?? []).length} controls, {b.title} {(b.mappings ?? []).length}.
          </span>
        </p>
        <label className="flex min-h-8 items-center gap-2">
          <input
            type="checkbox"
            className="size-6 accent-accent"
            checked={onlyDifferences}
            onChange={({ target }) => setOnlyDifferences(target.checked)}
          />
          Only what differs
        </label>
      </div>
      {rows.length === 0 ? (
        <Empty title={all.length === 0 ? 'Neither demands anything beyond the floors' : 'They demand the same'} />
      ) : (
        <Scroller label="Side by side">
          <table className="w-full min-w-104 border-collapse text-left">
            <caption className="sr-only">Side by side</caption>
            <thead className="bg-raised text-xs">
              <tr className="align-top">
                <th scope="col" className="px-3 py-2 font-medium text-soft">
                  Demand
                </th>
                <Head profile={a} />
                <Head profile={b} />
              </tr>
            </thead>
            {byGroup(rows).map(([group, demands]) => (
              <tbody key={group}>
                <tr className="border-t border-line bg-canvas">
                  <th scope="rowgroup" colSpan={3} className="px-3 py-1.5 text-xs font-medium text-soft">
                    {group}
                  </th>
                </tr>
                {demands.map(({ key, label, a: left, b: right }) => (
                  <tr key={key} className="border-t border-line align-top">
                    <th scope="row" className="px-3 py-1.5 font-normal">
                      {group === 'Controls' ? <code>{label}</code> : label}
                    </th>
                    <Side value={left} other={right} />
                    <Side value={right} other={left} />
                  </tr>
                ))}
              </tbody>
            ))}
          </table>
        </Scroller>
      )}
    </div>
  );
};

export const ComparePage = () => {
  const navigate = useNavigate();
  const { a = FIRST.a, b = FIRST.b } = useSearch({ from: '/app/profiles/compare' });
  const list = useQuery(profileList);
  const left = useQuery(oneProfile(a));
  const right = useQuery(oneProfile(b));
  const failed = left.error ?? right.error;
  const pick = (search: { readonly a: string; readonly b: string }): void =>
    void navigate({ to: '/app/profiles/compare', search, replace: true });
  return (
    <Page title="Compare profiles" lead="What each demands; where they differ the cells are marked.">
      <Loaded query={list} what="profiles">
        {({ profiles }) => (
          <div className="grid gap-3 sm:grid-cols-2">
            <Pick label="First" value={a} profiles={profiles} onPick={(next) => pick({ a: next, b })} />
            <Pick label="Second" value={b} profiles={profiles} onPick={(next) => pick({ a, b: next })} />
          </div>
        )}
      </Loaded>
      {left.data !== undefined && right.data !== undefined ? (
        <SideBySide a={left.data.document} b={right.data.document} />
      ) : failed === null ? (
        <Loading what="both profiles" />
      ) : (
        <Failed error={failed} />
      )}
    </Page>
  );
};
