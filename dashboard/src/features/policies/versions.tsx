/** What was in force and what is, with the difference, and the way back to the very hash. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { Empty, Failed, Loaded, Loading, Notice } from '../../ui/states.tsx';
import { Card, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { readable } from './draft.ts';
import { snapshot, snapshotList } from './queries.ts';
import type { Snapshot, SnapshotWhole } from './types.ts';

const textOf = (whole: SnapshotWhole): string =>
  whole.bundles.map(({ id, content }) => `# bundle ${id}\n${readable(content)}`).join('\n');

const Difference = ({ before, after }: { before: Snapshot; after: string }) => {
  const [a, b] = [useQuery(snapshot(before.id)), useQuery(snapshot(after))];
  const error = a.error ?? b.error;
  if (a.data === undefined || b.data === undefined) {
    return error === null ? <Loading what="both versions" /> : <Failed error={error} />;
  }
  return <DiffView label="From the one version to the other" before={textOf(a.data)} after={textOf(b.data)} />;
};

const RollBack = ({ to, onClose }: { to: Snapshot | null; onClose: () => void }) => {
  const queries = useQueryClient();
  const back = useMutation({
    mutationFn: (message: string) =>
      sendJson('POST', '/api/v1/policy/rollback', { snapshot_id: to?.id, ...(message === '' ? {} : { message }) }),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['policies'] }),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    back.mutate(String(new FormData(event.currentTarget).get('message') ?? '').trim());
  };
  return (
    <Dialog
      open={to !== null}
      onClose={() => {
        back.reset();
        onClose();
      }}
      title="Put this version in force again"
      description="It decides from the next question on, with the very hash it had. What is in force now stays a version, too."
    >
      <form onSubmit={submit} className="space-y-4">
        <Field label="What for (kept in the ledger)">
          <Input name="message" maxLength={2000} />
        </Field>
        {back.error !== null && <Failed error={back.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" kind="primary" busy={back.isPending}>
            Roll back
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

export const VersionsTab = () => {
  const query = useQuery(snapshotList);
  const [compared, setCompared] = useState<Snapshot | null>(null);
  const [against, setAgainst] = useState<string | null>(null);
  const [backTo, setBackTo] = useState<Snapshot | null>(null);
  return (
    <Loaded query={query} what="versions">
      {({ snapshots: [now], items }) =>
        items.length === 0 || now === undefined ? (
          <Empty title="Nothing was published yet">Write a policy and publish it; each publication is kept.</Empty>
        ) : (
          <div className="space-y-4">
            <Table
              caption="Versions"
              columns={[
                { head: 'Published', cell: ({ created_at }: Snapshot) => <Time at={created_at} /> },
                {
                  head: 'Snapshot',
                  cell: ({ hash }) => (
                    <>
                      <code title={hash}>{hash.slice(0, 16)}…</code>{' '}
                      {hash === now && <Badge tone="allow">in force</Badge>}
                    </>
                  ),
                },
                { head: 'Bundles', cell: ({ bundle_ids }) => bundle_ids.join(', ') },
                { head: 'By', cell: ({ author }) => <code className="wrap-anywhere">{author}</code> },
                { head: 'What for', cell: ({ note }) => note || '—' },
                {
                  head: 'Act',
                  cell: (one) =>
                    one.hash === now ? (
                      '—'
                    ) : (
                      <div className="flex gap-2">
                        <Button aria-pressed={compared?.id === one.id} onClick={() => setCompared(one)}>
                          Compare
                        </Button>
                        <Button needs="policy:write" onClick={() => setBackTo(one)}>
                          Roll back …
                        </Button>
                      </div>
                    ),
                },
              ]}
              rows={items}
              rowKey={({ id }) => id}
            />
            {compared === null ? (
              <Notice>Compare a version to see what changed from it to what is in force, or to any other.</Notice>
            ) : (
              <Card
                title={`From ${compared.hash.slice(0, 16)}…`}
                action={
                  <div className="flex items-center gap-2">
                    <span className="shrink-0 text-soft">to</span>
                    <Select
                      aria-label="Compared to"
                      value={against ?? now}
                      onChange={({ target }) => setAgainst(target.value)}
                    >
                      {items.map(({ id, hash, created_at }) => (
                        <option key={id} value={hash === now ? now : id}>
                          {`${hash.slice(0, 12)}… ${hash === now ? '(in force)' : new Date(created_at).toLocaleString()}`}
                        </option>
                      ))}
                    </Select>
                  </div>
                }
              >
                <Difference before={compared} after={against ?? now} />
              </Card>
            )}
            <RollBack to={backTo} onClose={() => setBackTo(null)} />
          </div>
        )
      }
    </Loaded>
  );
};
