/** What administrators changed, newest first, read from the ledger; each line is an entry with its receipt. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson } from '../../api/http.ts';
import { useLongList } from '../../api/long-list.ts';
import { Button } from '../../ui/button.tsx';
import { csv, download } from '../../ui/download.ts';
import { Field, Input, Select } from '../../ui/field.tsx';
import { LongListed, lookedThrough } from '../../ui/long-list.tsx';
import { Empty } from '../../ui/states.tsx';
import { type Column, Page } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';

interface Change {
  readonly seq: number;
  readonly receipt_id: string;
  readonly recorded_at: string;
  readonly type: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly role?: string };
  readonly body: Readonly<Record<string, unknown>>;
}

interface ChangePage {
  readonly changes: readonly Change[];
  readonly size: number;
  readonly next_cursor: string | null;
}

const KINDS: readonly (readonly [type: string, label: string])[] = [
  ['', 'everything'],
  ['hall.key', 'API keys'],
  ['hall.member', 'members'],
  ['hall.ban', 'bans'],
  ['hall.profile', 'profiles'],
  ['hall.rules', 'rules'],
  ['cap.', 'policy bundles'],
  ['hall.policy', 'policies published whole'],
  ['hall.settings', 'settings'],
  ['hall.signatory', 'signatories'],
  ['hall.webhook', 'webhooks'],
  ['hall.namespace', 'namespaces'],
  ['hall.tenant', 'the tenant'],
  ['hall.standing', 'standing'],
  ['wcp.worker', 'workers'],
  ['wcp.approval', 'answered approvals'],
];

/** The members that say what it was about, before those that only name it. */
const FIRST = [
  'name',
  'worker_id',
  'profile_id',
  'bundle_id',
  'key_id',
  'signatory_id',
  'webhook_id',
  'namespace',
  'issuer',
  'changed',
  'standing',
  'member',
  'from',
  'to',
  'published',
  'target',
  'version',
  'reason',
];

const HASH = /^[0-9a-f]{64}$/;

/** The document before and after, by the first digits of its hash; in old entries these two say a word instead. */
const side = (value: unknown): string =>
  value === null ? 'nothing' : HASH.test(String(value)) ? String(value).slice(0, 12) : String(value);

/** What a ban is aimed at, and the like, has one member: that is said. */
const said = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const [only, ...others] = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return typeof only === 'string' && others.length === 0 ? only : JSON.stringify(value);
};

const told = (body: Change['body']): string =>
  Object.entries(body)
    .filter(([name, value]) => value !== null && FIRST.includes(name) && !HASH.test(String(value)))
    .sort(([a], [b]) => FIRST.indexOf(a) - FIRST.indexOf(b))
    .slice(0, 4)
    .map(([name, value]) => `${name} ${said(value)}`)
    .join(' · ');

/** The ledger has ids and no names; whoever belongs to the tenant today is shown by name. */
const Who = ({ actor }: { actor: Change['actor'] }) => {
  const { data } = useQuery<{ members: readonly { readonly user_id: string; readonly name: string }[] }, Error>({
    queryKey: ['members'],
    queryFn: ({ signal }) => getJson('/v1/members', { limit: 200 }, signal),
    staleTime: 60_000,
    enabled: actor.kind === 'human',
  });
  const known = data?.members.find(({ user_id: id }) => id === actor.id);
  return (
    <>
      {known === undefined ? (actor.role ?? actor.kind) : `${known.name}, ${actor.role ?? actor.kind}`}{' '}
      <code className="block wrap-anywhere text-xs text-soft">{actor.id}</code>
    </>
  );
};

const changesOf = (page: ChangePage): readonly Change[] => page.changes;

const COLUMNS: readonly Column<Change>[] = [
  { head: 'When', cell: ({ recorded_at }) => <Time at={recorded_at} brief /> },
  { head: 'What', cell: ({ type }) => <code className="font-medium">{type}</code> },
  {
    head: 'Who',
    cell: ({ actor }) => <Who actor={actor} />,
    className: 'min-w-40',
  },
  {
    head: 'Of what',
    cell: ({ body }) => (
      <details>
        <summary className="cursor-pointer wrap-anywhere">
          {told(body) || 'what was recorded'}
          {'before' in body && 'after' in body && (
            <span
              className="block font-mono text-xs text-soft"
              title="SHA-256 of the document before and after, shortened"
            >
              {body.before === body.after
                ? `${side(body.after)}, unchanged`
                : `${side(body.before)} → ${side(body.after)}`}
            </span>
          )}
        </summary>
        <pre className="mt-1 overflow-x-auto whitespace-pre-wrap break-all text-xs">
          {JSON.stringify(body, null, 2)}
        </pre>
      </details>
    ),
    className: 'min-w-64',
  },
  { head: 'Entry', cell: ({ seq }) => seq, className: 'tabular-nums' },
];

export const AuditPage = () => {
  const [type, setType] = useState('');
  const [actor, setActor] = useState('');
  const list = useLongList({
    key: ['audit', type, actor],
    path: '/v1/audit',
    query: { type, actor, limit: 50 },
    rowsOf: changesOf,
    keptMs: 0,
  });
  const changes = list.rows;
  return (
    <Page
      title="Audit"
      lead="Who changed what: keys, members, rules, policies, profiles, bans, settings. Read from the ledger, so nothing can be taken out of it."
      action={
        <Button
          disabled={changes.length === 0}
          onClick={() =>
            download(
              'audit.csv',
              'text/csv',
              csv(
                ['recorded_at', 'seq', 'type', 'actor_kind', 'actor_id', 'body', 'receipt_id'],
                changes.map((one) => [
                  one.recorded_at,
                  one.seq,
                  one.type,
                  one.actor.kind,
                  one.actor.id,
                  JSON.stringify(one.body),
                  one.receipt_id,
                ]),
              ),
            )
          }
        >
          Export what is listed
        </Button>
      }
    >
      <div className="grid gap-3 sm:grid-cols-[14rem_1fr]">
        <Field label="Only">
          <Select value={type} onChange={({ target }) => setType(target.value)}>
            {KINDS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="By (id of a key or person, whole)">
          <Input spellCheck={false} onBlur={({ target }) => setActor(target.value.trim())} />
        </Field>
      </div>
      <LongListed
        list={list}
        what="the audit"
        caption="Changes"
        columns={COLUMNS}
        rows={changes}
        rowKey={({ seq }) => String(seq)}
        through={lookedThrough(list.last)}
        empty={<Empty title="Nothing like that">Loosen the filter.</Empty>}
      />
    </Page>
  );
};
