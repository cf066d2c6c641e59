/** What administrators changed, newest first, read from the ledger; each line is an entry with its receipt. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { csv, download } from '../../ui/download.ts';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Empty, Failed, Forbidden, isForbidden, Loading, Notice } from '../../ui/states.tsx';
import { Page, Table } from '../../ui/table.tsx';
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

const told = (body: Change['body']): string =>
  Object.entries(body)
    .filter(([name, value]) => value !== null && FIRST.includes(name) && !HASH.test(String(value)))
    .sort(([a], [b]) => FIRST.indexOf(a) - FIRST.indexOf(b))
    .slice(0, 4)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ');

export const AuditPage = () => {
  const [type, setType] = useState('');
  const [actor, setActor] = useState('');
  const query = useInfiniteQuery({
    queryKey: ['audit', type, actor],
    queryFn: ({ pageParam, signal }) =>
      getJson<ChangePage>('/v1/audit', { type, actor, limit: 50, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }: ChangePage) => next_cursor,
  });
  const changes = query.data?.pages.flatMap((page) => page.changes) ?? [];
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
      {query.data === undefined ? (
        query.error === null ? (
          <Loading what="the audit" />
        ) : isForbidden(query.error) ? (
          <Forbidden what="the audit" />
        ) : (
          <Failed error={query.error} retry={() => void query.refetch()} />
        )
      ) : (
        <>
          {query.error !== null && <Notice tone="hold">Not renewed: {query.error.message}.</Notice>}
          {changes.length === 0 ? (
            <Empty title={query.hasNextPage ? 'Nothing like that among the newest entries' : 'Nothing like that'}>
              {query.hasNextPage ? 'Older ones are looked through on demand.' : 'Loosen the filter.'}
            </Empty>
          ) : (
            <Table
              caption="Changes"
              columns={[
                { head: 'When', cell: ({ recorded_at }: Change) => <Time at={recorded_at} /> },
                { head: 'What', cell: ({ type: of }) => <code className="font-medium">{of}</code> },
                {
                  head: 'Who',
                  cell: ({ actor: who }) => (
                    <>
                      {who.role ?? who.kind} <code className="block break-all text-xs text-soft">{who.id}</code>
                    </>
                  ),
                  className: 'min-w-40',
                },
                {
                  head: 'Of what',
                  cell: ({ body }) => (
                    <details>
                      <summary className="cursor-pointer break-words">
                        {told(body) || 'look'}
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
              ]}
              rows={changes}
              rowKey={({ seq }) => String(seq)}
            />
          )}
          {query.hasNextPage && (
            <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Look through older entries
            </Button>
          )}
        </>
      )}
    </Page>
  );
};
