/** One decision: the verdict first, then each gate in the order of the engine, then what proves it. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { getJson, getText } from '../../api/http.ts';
import type { Candidate, Decision, DecisionDetail } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Failed, Loaded } from '../../ui/states.tsx';
import { Card, type Column, Facts, Mono, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge, Verdict } from '../../ui/verdict.tsx';
import { verifyInBrowser } from '../../verify/receipt.ts';
import { Steps } from '../../verify/steps.tsx';
import { type Gate, gatesOf } from './gates.ts';

const TONE = { passed: 'allow', failed: 'deny', skipped: 'plain' } as const;
const WORD = { passed: 'passed', failed: 'stopped here', skipped: 'not reached' } as const;

const Gates = ({ gates }: { gates: readonly Gate[] }) => (
  <ol className="space-y-1.5">
    {gates.map(({ name, state, told }) => (
      <li key={name} className="flex flex-wrap items-baseline gap-2">
        <Badge tone={TONE[state]}>{WORD[state]}</Badge>
        <span className="font-medium">{name}</span>
        {told !== null && <span className="text-soft">{told}</span>}
      </li>
    ))}
  </ol>
);

const CANDIDATES: readonly Column<Candidate>[] = [
  { head: 'Species', cell: ({ worker_species_id }) => <code>{worker_species_id}</code> },
  { head: 'Worker', cell: ({ worker_id }) => <code>{worker_id ?? '—'}</code> },
  { head: 'Passed over because', cell: ({ skip_reason }) => skip_reason ?? '—' },
];

const list = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));
const judged = (value: boolean | null): string => (value === null ? 'not evaluated' : value ? 'passed' : 'failed');

const Controls = ({ decision }: { decision: Decision }) => (
  <Facts
    rows={[
      ['Required', list(decision.required_controls_effective)],
      ['Verified', list(decision.controls_verified)],
      ['Supplied by the Hall', list(decision.hall_controls)],
      ['Profiles', list(decision.profiles_effective.map(({ profile_id, version }) => `${profile_id} ${version}`))],
      ['Policy', decision.policy_version],
      ['Rules', `${decision.rule_set_version}, matched ${decision.matched_rule_id}`],
    ]}
  />
);

const Blast = ({ decision }: { decision: Decision }) => (
  <Facts
    rows={[
      ['Score', `${decision.blast_score} of 100`],
      ['Gate', judged(decision.blast_gate_passed)],
      ['Chain sum', `${decision.blast_chain_sum} of 25`],
      ...Object.entries(decision.blast_dimensions ?? {}).map(([name, value]) => [name, `${value} of 5`] as const),
      ['Privilege envelope', judged(decision.privilege_envelope_ok)],
      ['Attestation', decision.worker_attestation_checked ? judged(decision.worker_attestation_valid) : 'not demanded'],
    ]}
  />
);

const Proof = ({ detail }: { detail: DecisionDetail }) => {
  const { evidence_receipt: receipt, recomputed } = detail;
  const verify = useMutation({
    mutationFn: async () => {
      const [proof, jwks] = await Promise.all([
        getText(`/v1/ledger/proofs/${receipt.receipt_id}`),
        getJson<unknown>('/.well-known/jwks.json'),
      ]);
      return verifyInBrowser(receipt.entry, proof, jwks);
    },
  });
  return (
    <Card
      title="Proof"
      action={
        <Button kind="primary" busy={verify.isPending} onClick={() => verify.mutate()}>
          Verify in my browser
        </Button>
      }
    >
      <div className="space-y-3">
        {verify.data !== undefined && <Steps verdict={verify.data} />}
        {verify.error !== null && <Failed error={verify.error} />}
        <Facts
          rows={[
            ['Receipt', <Mono key="id">{receipt.receipt_id}</Mono>],
            ['Receipt hash', <Mono key="hash">{receipt.receipt_hash}</Mono>],
            ['Hash before it', <Mono key="prev">{receipt.prev_receipt_hash ?? 'none: it is the first'}</Mono>],
            ['Signed by', <Mono key="kid">{receipt.signing_key_id}</Mono>],
            ['Computed anew by the service', recomputed === 'same' ? 'the same bytes' : recomputed],
          ]}
        />
        <p className="text-xs text-soft">
          A receipt proves what was decided and recorded. It does not prove that the action was right, or that it took
          place.
        </p>
      </div>
    </Card>
  );
};

const Shown = ({ detail }: { detail: DecisionDetail }) => {
  const { summary, decision } = detail;
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-surface p-4">
        <Verdict outcome={summary.outcome} denyClass={summary.deny_class} />
        <div className="min-w-0">
          <p className="font-medium">{decision?.reason ?? summary.stage}</p>
          {summary.deny_code !== null && <code className="text-soft">{summary.deny_code}</code>}
        </div>
        <p className="ml-auto text-soft">
          <Time at={summary.decided_at} />
        </p>
      </div>
      <div className="grid gap-4 lg:grid-cols-2">
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
                  className="break-all underline"
                >
                  {summary.correlation_id}
                </Link>,
              ],
              ['Payload hash', <Mono key="hash">{decision?.request_hash ?? ''}</Mono>],
              ['Dry run', summary.dry_run ? 'yes: nothing may be executed' : 'no'],
            ]}
          />
        </Card>
        <Card title="Gate by gate">
          <Gates gates={gatesOf(summary)} />
        </Card>
        {decision !== null && (
          <>
            <Card title="Controls and versions">
              <Controls decision={decision} />
            </Card>
            <Card title="Blast radius and trust">
              <Blast decision={decision} />
            </Card>
          </>
        )}
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
