/** The state of the Hall at a glance: what was decided, what failed closed, who waits, what it rests on, what to set up. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { Health } from '../../api/types.ts';
import { useMay } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { StackedBars } from '../../ui/stacked-bars.tsx';
import { type Figure, Figures } from '../../ui/stat.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { Card, Facts, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { LogHealth } from '../../verify/log-health.tsx';
import { DECISION_COLUMNS } from '../decisions/columns.tsx';
import { Attention } from './attention.tsx';
import { healthQuery, latestQuery, outcomesQuery, waitingQuery } from './queries.ts';
import { barsOf, type Outcomes, SERIES, SPANS, type Span, sumOf } from './series.ts';
import { SetUp } from './setup.tsx';

const useWaiting = (): Figure => {
  const { data } = useQuery(waitingQuery);
  const count = data === undefined ? '–' : `${data.count}${data.next_cursor === null ? '' : '+'}`;
  return {
    label: 'Waiting for a person',
    value: (
      <Link to="/app/approvals" className="underline decoration-line">
        {count}
      </Link>
    ),
    tone: 'hold',
  };
};

const listed = (count: number, search: { outcome?: string; deny_class?: string }) => (
  <Link to="/app/decisions" search={search} className="underline decoration-line">
    {count.toLocaleString()}
  </Link>
);

const OverTime = ({ outcomes, span }: { outcomes: Outcomes; span: Span }) => {
  const sums = sumOf(outcomes);
  const waiting = useWaiting();
  const { counted_since: since } = outcomes;
  return (
    <>
      <Figures
        figures={[
          { label: 'Dispatched', value: listed(sums.dispatched, { outcome: 'DISPATCH' }), tone: 'allow' },
          { label: 'Held', value: listed(sums.held, { outcome: 'STEWARD_HOLD' }), tone: 'hold' },
          { label: 'Denied', value: listed(sums.denied, { outcome: 'DENY' }), tone: 'deny' },
          { label: 'Failed closed', value: listed(sums.failed_closed, { deny_class: 'fault' }), tone: 'fault' },
          waiting,
        ]}
      />
      <Card title={`Decisions in ${SPANS[span].words}`} action={<Spans span={span} />}>
        {outcomes.hours.length === 0 ? (
          <p className="text-soft">Nothing was decided in this time.</p>
        ) : (
          <StackedBars caption={`Decisions in ${SPANS[span].words}`} series={SERIES} bars={barsOf(outcomes, span)} />
        )}
        {since !== null && since > outcomes.from && (
          <p className="mt-3 text-xs text-soft">
            Counted since <Time at={since} />.
          </p>
        )}
      </Card>
    </>
  );
};

const Spans = ({ span }: { span: Span }) => {
  const navigate = useNavigate();
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">How far back</legend>
      {(Object.keys(SPANS) as Span[]).map((one) => (
        <Button
          key={one}
          kind={one === span ? 'plain' : 'quiet'}
          aria-pressed={one === span}
          onClick={() => void navigate({ to: '/app', search: one === 'day' ? {} : { span: one }, replace: true })}
        >
          {SPANS[one].words}
        </Button>
      ))}
    </fieldset>
  );
};

const aged = (ms: number | null): string =>
  ms === null
    ? ''
    : ms < 10_000
      ? `${(ms / 1000).toFixed(1)} s old`
      : `${Math.round(ms / 1000).toLocaleString()} s old`;

const HallCard = ({ health }: { health: Health }) => {
  const { epoch, age_ms: age, fresh } = health.ban_feed;
  return (
    <Card title="The Hall">
      <Facts
        rows={[
          [
            'Status',
            <span key="status">
              {health.online ? <Badge tone="allow">open</Badge> : <Badge tone="deny">stopped</Badge>}{' '}
              {health.standing !== 'ok' && <Badge tone="deny">{health.standing}</Badge>}
            </span>,
          ],
          ['Level', (health.compliance['0.2'] ?? health.compliance['0.1'])?.level ?? 'unknown'],
          ['Policy', health.policy_version ?? 'none published'],
          ['Rules', health.rule_set_version ?? 'none published'],
          [
            'Ban feed',
            <span key="feed">
              <Badge tone={fresh ? 'allow' : 'plain'}>{fresh ? 'fresh' : 'at rest'}</Badge> epoch {epoch}
              {age === null ? '' : `, ${aged(age)}`}
              {!fresh && <span className="block text-xs text-soft">it is fetched before the next decision</span>}
            </span>,
          ],
        ]}
      />
    </Card>
  );
};

const ToFull = ({ health }: { health: Health }) => {
  const open = (health.compliance['0.2'] ?? health.compliance['0.1'])?.requirements.filter(({ ok }) => !ok) ?? [];
  return open.length === 0 ? null : (
    <Card title="To reach WCP-Full">
      <ul className="space-y-2">
        {open.map(({ id, detail }) => (
          <li key={id} className="grid grid-cols-[5rem_1fr] items-baseline gap-x-3">
            <span>
              <Badge tone="hold">open</Badge>
            </span>
            <span className="min-w-0">
              <span className="font-medium">{id.replaceAll('_', ' ')}</span> <span className="text-soft">{detail}</span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
};

const Latest = () => (
  <Loaded query={useQuery(latestQuery)} what="the last decisions">
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
            rows={decisions}
            rowKey={({ decision_id }) => decision_id}
          />
        </Card>
      )
    }
  </Loaded>
);

export const OverviewPage = () => {
  const { span = 'day' } = useSearch({ from: '/app' });
  // What is left to set up is for whoever can.
  const mayAdminister = useMay('hall:admin');
  const health = useQuery(healthQuery);
  const outcomes = useQuery(outcomesQuery(span));
  return (
    <Page title="Overview" lead="What this Hall decides, and what that rests on.">
      {mayAdminister && <SetUp />}
      <Loaded query={outcomes} what="what was decided">
        {(data) => <OverTime outcomes={data} span={span} />}
      </Loaded>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Loaded query={health} what="the state of the Hall">
          {(data) => (
            <>
              <HallCard health={data} />
              <LogHealth title="Ledger" />
              <Attention />
              <ToFull health={data} />
            </>
          )}
        </Loaded>
      </div>
      <Latest />
    </Page>
  );
};
