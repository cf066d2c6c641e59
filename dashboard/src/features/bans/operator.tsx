/** For the operator of the network: what tenants reported, bans for every Hall, appeals. Opened with the operator's key. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { getJson, Problem, sendJson } from '../../api/http.ts';
import type { NetworkBan } from '../../api/types.ts';
import { holdOperatorKey, operatorHeaders, useIsOperator } from '../../session/operator.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Failed, Notice } from '../../ui/states.tsx';
import { Card, Table } from '../../ui/table.tsx';
import { BanForm } from './ban-form.tsx';
import { banLink } from './columns.tsx';
import { LiftDialog } from './lift-dialog.tsx';
import { networkBans } from './queries.ts';
import { Reviews } from './reviews.tsx';
import { Spread } from './spread.tsx';
import { BanStatus } from './status.tsx';
import { targetText } from './target.ts';

const Door = () => {
  const enter = useMutation({
    mutationFn: async (key: string) => {
      await getJson('/v1/network/reports', { limit: 1 }, undefined, { authorization: `Bearer ${key}` });
      holdOperatorKey(key);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    enter.mutate(String(new FormData(event.currentTarget).get('operator') ?? '').trim());
  };
  return (
    <form onSubmit={submit} className="max-w-md space-y-4 rounded-lg border border-line bg-surface p-4">
      <p className="text-soft">
        What every Hall is told comes from the operator of the network. Tenants cannot do this, whatever their role.
      </p>
      <Field label="Operator key" hint="Kept in memory only; gone when this page is loaded anew.">
        <Input name="operator" type="password" required autoComplete="off" spellCheck={false} />
      </Field>
      {enter.error !== null &&
        (enter.error instanceof Problem && (enter.error.status === 401 || enter.error.status === 403) ? (
          <Notice tone="deny">This is not the operator’s key.</Notice>
        ) : (
          <Failed error={enter.error} />
        ))}
      <Button type="submit" kind="primary" busy={enter.isPending}>
        Open
      </Button>
    </form>
  );
};

/** The request answers when the ban is effective; meanwhile the public list says how far it is. */
const BanEverywhere = () => {
  const queries = useQueryClient();
  const [isOpen, setIsOpen] = useState(false);
  const issue = useMutation({
    mutationFn: (body: object) => sendJson<NetworkBan>('POST', '/v1/network/bans', body, operatorHeaders()),
    onSettled: () => queries.invalidateQueries({ queryKey: ['bans'] }),
  });
  const spreading = useInfiniteQuery({ ...networkBans, refetchInterval: issue.isPending ? 500 : false });
  const newest = spreading.data?.pages[0]?.bans[0];
  const shown =
    newest !== undefined && (issue.isPending ? newest.status === 'pending' : newest.ban_id === issue.data?.ban_id);
  return (
    <>
      <Button
        kind="danger"
        onClick={() => {
          issue.reset();
          setIsOpen(true);
        }}
      >
        Ban in every Hall …
      </Button>
      <Dialog
        open={isOpen}
        onClose={() => setIsOpen(false)}
        title="Ban in every Hall of the network"
        description="The answer comes when no Hall can dispatch it any more: within one lease, ten seconds."
      >
        {issue.data === undefined && !issue.isPending ? (
          <BanForm
            error={issue.error}
            busy={false}
            onBan={(body) => issue.mutate(body)}
            onCancel={() => setIsOpen(false)}
          />
        ) : (
          <div className="space-y-4">
            {shown ? <Spread ban={newest} /> : <Notice>Committing the ban …</Notice>}
            <div className="flex justify-end">
              <Button onClick={() => setIsOpen(false)}>{issue.isPending ? 'Leave it to spread' : 'Close'}</Button>
            </div>
          </div>
        )}
      </Dialog>
    </>
  );
};

interface Appealed {
  readonly appeals: readonly {
    readonly appeal_id: string;
    readonly tenant: string;
    readonly text: string;
    readonly made_at: string;
  }[];
}

const Issued = () => {
  const queries = useQueryClient();
  const [lifting, setLifting] = useState<NetworkBan | null>(null);
  const query = useInfiniteQuery(networkBans);
  const appeals = useMutation({
    mutationFn: (ban: NetworkBan) =>
      getJson<Appealed>(`/v1/network/bans/${ban.ban_id}/appeals`, {}, undefined, operatorHeaders()),
  });
  const lift = useMutation({
    mutationFn: ({ ban, reason }: { ban: NetworkBan; reason: string }) =>
      sendJson('POST', `/v1/network/bans/${ban.ban_id}/lift`, { reason }, operatorHeaders()),
    onSuccess: () => {
      setLifting(null);
      return queries.invalidateQueries({ queryKey: ['bans'] });
    },
  });
  const bans = (query.data?.pages.flatMap((page) => page.bans) ?? []).filter(
    ({ status }) => status === 'effective' || status === 'pending',
  );
  return (
    <Card title="In force in every Hall" action={<BanEverywhere />}>
      <div className="space-y-3">
        {appeals.error !== null && <Failed error={appeals.error} />}
        {appeals.data !== undefined && (
          <Notice>
            {appeals.data.appeals.length === 0 ? (
              `Nobody appealed against ${targetText(appeals.variables.target)}.`
            ) : (
              <ul className="space-y-2">
                {appeals.data.appeals.map(({ appeal_id, tenant, text }) => (
                  <li key={appeal_id}>
                    <strong>{tenant}</strong>: {text}
                  </li>
                ))}
              </ul>
            )}
          </Notice>
        )}
        {bans.length === 0 ? (
          <p className="text-soft">No ban of the network is in force.</p>
        ) : (
          <Table
            caption="Bans of the network that are in force"
            columns={[
              banLink('network'),
              { head: 'Reason', cell: ({ reason }: NetworkBan) => reason },
              { head: 'State', cell: ({ status }) => <BanStatus status={status} /> },
              {
                head: 'Act',
                cell: (ban) => (
                  <div className="flex gap-2">
                    <Button onClick={() => appeals.mutate(ban)}>Appeals</Button>
                    <Button onClick={() => setLifting(ban)}>Lift …</Button>
                  </div>
                ),
              },
            ]}
            rows={bans}
            rowKey={({ ban_id }) => ban_id}
          />
        )}
      </div>
      <LiftDialog
        ban={lifting}
        error={lift.error}
        busy={lift.isPending}
        onClose={() => {
          lift.reset();
          setLifting(null);
        }}
        onLift={(_, reason) => lifting !== null && lift.mutate({ ban: lifting, reason })}
      />
    </Card>
  );
};

export const OperatorPart = () => {
  const isOperator = useIsOperator();
  if (!isOperator) return <Door />;
  return (
    <div className="space-y-4">
      <Reviews />
      <Issued />
      <Button onClick={() => holdOperatorKey(null)}>Forget the operator’s key</Button>
    </div>
  );
};
