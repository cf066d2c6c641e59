/** One decision: the verdict first, then each gate in the order of the engine, then what proves it. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { getJson } from '../../api/http.ts';
import type { Candidate, Decision, DecisionDetail } from '../../api/types.ts';
import { Loaded } from '../../ui/states.tsx';
import { Card, type Column, Facts, Mono, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge, Verdict } from '../../ui/verdict.tsx';
import { Blast } from './blast.tsx';
import { type Gate, gatesOf } from './gates.ts';
import { Proof } from './proof.tsx';
import { Turns } from './turns.tsx';

const TONE = { passed: 'allow', failed: 'deny', skipped: 'plain' } as const;
const WORD = { passed: 'passed', failed: 'stopped here', skipped: 'not reached' } as const;

const Gates = ({ gates }: { gates: readonly Gate[] }) => (
  <ol className="space-y-1.5">
    {gates.map(({ name, state, told }) => (
      <li key={name} className="grid grid-cols-[6rem_1fr] items-baseline gap-x-2">
        <span>
          <Badge tone={TONE[state]}>{WORD[state]}</Badge>
        </span>
        <span className="min-w-0">
          <span className={state === 'skipped' ? 'text-soft' : 'font-medium'}>{name}</span>
          {told !== null && <code className="ml-2 wrap-anywhere text-xs text-soft">{told}</code>}
        </span>
      </li>
    ))}
  </ol>
);

const CANDIDATES: readonly Column<Candidate>[] = [
  { head: 'Species', cell: ({ worker_species_id }) => <code>{worker_species_id}</code> },
  {
    head: 'Worker',
    cell: ({ worker_id }) =>
      worker_id === undefined ? (
        '—'
      ) : (
        <Link to="/app/workers/$workerId" params={{ workerId: worker_id }} className="underline">
          <code>{worker_id}</code>
        </Link>
      ),
  },
  { head: 'Passed over because', cell: ({ skip_reason }) => skip_reason ?? '—' },
];

const list = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));
const Controls = ({ decision }: { decision: Decision }) => (
  <Facts
    rows={[
      ['Required', list(decision.required_controls_effective)],
      ['Verified', list(decision.controls_verified)],
      ['Supplied by the Hall', list(decision.hall_controls)],
      [
        'Profiles',
        decision.profiles_effective.length === 0
          ? 'none'
          : decision.profiles_effective.map(({ profile_id, version }) => (
              <Link
                key={profile_id}
                to="/app/profiles/$profileId"
                params={{ profileId: profile_id }}
                className="mr-3 wrap-anywhere underline"
              >
                {profile_id} {version}
              </Link>
            )),
      ],
      ['Policy', decision.policy_version],
      [
        'Rules',
        `${decision.rule_set_version ?? 'none'}${decision.matched_rule_id === '' ? '' : `, matched ${decision.matched_rule_id}`}`,
      ],
      ['Notes', list(decision.notes)],
    ]}
  />
);

const Shown = ({ detail }: { detail: DecisionDetail }) => {
  const { summary, decision } = detail;
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-surface p-4">
        <Verdict outcome={summary.outcome} denyClass={summary.deny_class} />
        <div className="min-w-0">
          <p className="font-medium">{decision?.reason ?? summary.stage}</p>
          {summary.deny_code !== null && <code className="text-soft">{summary.deny_code}</code>}
          {typeof decision?.pending_approval_id === 'string' && (
            <Link
              to="/app/approvals/$approvalId"
              params={{ approvalId: decision.pending_approval_id }}
              className="underline"
            >
              The question to a person, and its answer
            </Link>
          )}
        </div>
        <p className="ml-auto text-soft">
          <Time at={summary.decided_at} />
        </p>
      </div>
      <Turns turns={detail.would_change ?? []} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="space-y-4">
          <Card title="Question">
            <Facts
              rows={[
                ['Capability', <Mono key="cap">{summary.capability_id ?? '—'}</Mono>],
                ['Signatory', summary.tenant_id ?? '—'],
                ['Environment', summary.env ?? '—'],
                ['Data label', summary.data_label ?? '—'],
                [
                  'Correlation id',
                  <Link
                    key="chain"
                    to="/app/decisions"
                    search={{ correlation_id: summary.correlation_id ?? '' }}
                    className="wrap-anywhere underline"
                  >
                    {summary.correlation_id}
                  </Link>,
                ],
                ['Payload hash', <Mono key="hash">{decision?.request_hash ?? ''}</Mono>],
                ['Dry run', summary.dry_run ? 'yes: nothing may be executed' : 'no'],
              ]}
            />
          </Card>
          {decision !== null && (
            <Card title="Controls and versions">
              <Controls decision={decision} />
            </Card>
          )}
        </div>
        <div className="space-y-4">
          <Card title="Gate by gate">
            <Gates gates={gatesOf(summary)} />
          </Card>
          {decision !== null && <Blast decision={decision} breakdown={detail.blast_breakdown} />}
        </div>
      </div>
      {decision !== null && decision.candidate_workers_ranked.length > 0 && (
        <Table
          caption="Candidates"
          columns={CANDIDATES}
          rows={decision.candidate_workers_ranked}
          rowKey={({ worker_species_id }) => worker_species_id}
        />
      )}
      <Proof detail={detail} />
    </div>
  );
};

export const DecisionPage = () => {
  const { decisionId } = useParams({ from: '/app/decisions/$decisionId' });
  const query = useQuery<DecisionDetail, Error>({
    queryKey: ['decision', decisionId],
    queryFn: ({ signal }) => getJson(`/v1/decisions/${encodeURIComponent(decisionId)}`, {}, signal),
  });
  return (
    <Page title="Decision" lead={decisionId}>
      <Loaded query={query} what="this decision">
        {(detail) => <Shown detail={detail} />}
      </Loaded>
    </Page>
  );
};
