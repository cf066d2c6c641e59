/** The state of the Hall at a glance: what was decided lately, what failed closed, what is in force, what to set up. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getJson } from '../../api/http.ts';
import type { Alert, DecisionPage, DecisionSummary, Health } from '../../api/types.ts';
import { Empty, Loaded } from '../../ui/states.tsx';
import { Card, Facts, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge, isFault } from '../../ui/verdict.tsx';
import { DECISION_COLUMNS } from '../decisions/list.tsx';

const RENEW_MS = 5_000;

const Figure = ({ label, value, tone }: { label: string; value: number; tone: string }) => (
  <div className="rounded-lg border border-line bg-surface px-4 py-3">
    <p className="text-soft">{label}</p>
    <p className={`text-2xl font-semibold tabular-nums ${tone}`}>{value.toLocaleString()}</p>
  </div>
);

const Outcomes = ({ decisions }: { decisions: readonly DecisionSummary[] }) => {
  const count = (is: (decision: DecisionSummary) => boolean): number => decisions.filter(is).length;
  return (
    <section aria-label="The last hundred decisions" className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure label="Dispatched" value={count(({ outcome }) => outcome === 'DISPATCH')} tone="text-allow" />
      <Figure
        label="Denied"
        value={count(({ outcome, deny_code }) => outcome === 'DENY' && !isFault(deny_code))}
        tone="text-deny"
      />
      <Figure label="Held for a person" value={count(({ outcome }) => outcome === 'STEWARD_HOLD')} tone="text-hold" />
      <Figure
        label="Failed closed"
        value={count(({ outcome, deny_code }) => outcome === 'DENY' && isFault(deny_code))}
        tone="text-fault"
      />
    </section>
  );
};

const banFeed = ({ ban_feed: { epoch, age_ms, fresh } }: Health): string =>
  `epoch ${epoch}, ${fresh ? 'fresh' : 'not fresh: fetched with the next question'}${age_ms === null ? '' : `, ${(age_ms / 1000).toFixed(0)} s old`}`;

const HallCard = ({ health }: { health: Health }) => {
  const full = health.compliance['0.2'] ?? health.compliance['0.1'];
  const open = full?.requirements.filter(({ ok }) => !ok) ?? [];
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Card title="The Hall">
        <Facts
          rows={[
            ['Status', health.online ? <Badge tone="allow">online</Badge> : <Badge tone="deny">offline</Badge>],
            ['Standing', health.standing],
            ['Level', full?.level ?? 'unknown'],
            ['Policy', health.policy_version],
            ['Rules', health.rule_set_version ?? 'none published'],
            ['Ban feed', banFeed(health)],
            ['Ledger', `${health.ledger.size.toLocaleString()} entries`],
          ]}
        />
      </Card>
      <Card title="To reach WCP-Full">
        {open.length === 0 ? (
          <p>Nothing is left to do.</p>
        ) : (
          <ul className="space-y-2">
            {open.map(({ id, detail }) => (
              <li key={id} className="flex flex-wrap items-baseline gap-2">
                <Badge tone="hold">open</Badge>
                <span className="font-medium">{id.replaceAll('_', ' ')}</span>
                <span className="text-soft">{detail}</span>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
};

export const OverviewPage = () => {
  const health = useQuery<Health, Error>({
    queryKey: ['health'],
    queryFn: ({ signal }) => getJson('/wcp/health', {}, signal),
    refetchInterval: RENEW_MS,
  });
  const recent = useQuery<DecisionPage, Error>({
    queryKey: ['decisions', 'recent'],
    queryFn: ({ signal }) => getJson('/v1/decisions', { limit: 100 }, signal),
    refetchInterval: RENEW_MS,
  });
  const alerts = useQuery<{ alerts: readonly Alert[] }, Error>({
    queryKey: ['alerts'],
    queryFn: ({ signal }) => getJson('/alerts', {}, signal),
    refetchInterval: RENEW_MS,
  });
  return (
    <Page title="Overview" lead="The last hundred decisions, and what they rest on.">
      <Loaded query={recent} what="the last decisions">
        {({ decisions }) => <Outcomes decisions={decisions} />}
      </Loaded>
      <Loaded query={health} what="the state of the Hall">
        {(data) => <HallCard health={data} />}
      </Loaded>
      <Loaded query={alerts} what="alerts">
        {({ alerts: list }) => (
          <Card title="Alerts">
            {list.length === 0 ? (
              <p className="text-soft">None.</p>
            ) : (
              <ul className="space-y-2">
                {list.slice(0, 8).map(({ alert_id, created_at, level, code, message, worker_id }) => (
                  <li key={alert_id} className="flex flex-wrap items-baseline gap-2">
                    <Badge tone={level === 'sev1' ? 'deny' : 'hold'}>{level}</Badge>
                    <code>{code}</code>
                    <span>{message}</span>
                    {worker_id !== null && <code className="text-soft">{worker_id}</code>}
                    <span className="ml-auto text-soft">
                      <Time at={created_at} />
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        )}
      </Loaded>
      <Loaded query={recent} what="the last decisions">
        {({ decisions }) =>
          decisions.length === 0 ? (
            <Empty title="Nothing was asked yet">
              Send a question to <code>POST /wcp/route</code>.
            </Empty>
          ) : (
            <Card
              title="Latest decisions"
              action={
                <Link to="/app/decisions" className="underline">
                  All
                </Link>
              }
            >
              <Table
                caption="Latest decisions"
                columns={DECISION_COLUMNS}
                rows={decisions.slice(0, 8)}
                rowKey={({ decision_id }) => decision_id}
              />
            </Card>
          )
        }
      </Loaded>
    </Page>
  );
};
