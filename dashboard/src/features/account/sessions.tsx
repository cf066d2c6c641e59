/** Where the account is signed in; any of it can be ended from here. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, sendJson } from '../../api/http.ts';
import { close } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Failed, Loaded } from '../../ui/states.tsx';
import { Card, type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';

interface OpenSession {
  readonly session_id: string;
  readonly current: boolean;
  readonly since: string;
  readonly expires_at: string;
  readonly address: string | null;
  readonly user_agent: string | null;
}

const BROWSERS = /(Edg|OPR|Firefox|Chrome|Safari)\/[\d.]+/;
const SYSTEMS = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/;
const NAMES: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'macOS' };

/** What a browser says it is, in two words; it may say anything, so the whole of it is the tooltip. */
const browserOf = (agent: string): string => {
  const found = [BROWSERS.exec(agent)?.[1], SYSTEMS.exec(agent)?.[1]].filter((part) => part !== undefined);
  return found.length === 0 ? agent.slice(0, 40) : found.map((part) => NAMES[part] ?? part).join(', ');
};

export const Sessions = () => {
  const queries = useQueryClient();
  const query = useQuery<{ sessions: readonly OpenSession[] }, Error>({
    queryKey: ['account', 'sessions'],
    queryFn: ({ signal }) => getJson('/v1/account/sessions', {}, signal),
  });
  const end = useMutation({
    mutationFn: (id: string) => sendJson('DELETE', `/v1/account/sessions/${encodeURIComponent(id)}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['account', 'sessions'] }),
  });
  const endAll = useMutation({
    mutationFn: () => sendJson('POST', '/v1/account/sign-out-everywhere'),
    onSuccess: close,
  });
  const columns: readonly Column<OpenSession>[] = [
    {
      head: 'Browser',
      cell: ({ user_agent: agent, current }) => (
        <>
          <span title={agent ?? undefined}>{agent === null ? 'unknown' : browserOf(agent)}</span>{' '}
          {current && <Badge tone="allow">this one</Badge>}
        </>
      ),
    },
    { head: 'Address', cell: ({ address }) => address ?? 'unknown' },
    { head: 'Since', cell: ({ since }) => <Time at={since} /> },
    { head: 'Until', cell: ({ expires_at }) => <Time at={expires_at} /> },
    {
      head: 'Act',
      cell: ({ session_id, current, since }) =>
        current ? (
          '—'
        ) : (
          <Button
            aria-label={`End the session since ${new Date(since).toLocaleString()}`}
            busy={end.isPending && end.variables === session_id}
            onClick={() => end.mutate(session_id)}
          >
            End
          </Button>
        ),
    },
  ];
  return (
    <Card
      title="Signed in"
      action={
        <Button kind="danger" busy={endAll.isPending} onClick={() => endAll.mutate()}>
          Sign out everywhere
        </Button>
      }
    >
      <div className="space-y-3">
        {end.error !== null && <Failed error={end.error} />}
        {endAll.error !== null && <Failed error={endAll.error} />}
        <Loaded query={query} what="your sessions">
          {({ sessions }) => (
            <Table caption="Sessions" columns={columns} rows={sessions} rowKey={({ session_id }) => session_id} />
          )}
        </Loaded>
      </div>
    </Card>
  );
};
