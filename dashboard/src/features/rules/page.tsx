/** The routing rules in force, in their order, with those that can never answer; other versions and the way back. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson, sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Failed, Loaded, Notice } from '../../ui/states.tsx';
import { Card, Page, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { Change } from './change.tsx';
import type { Checked, Rule, RuleDocument, RuleSet } from './types.ts';
import { said } from './words.ts';

const EMPTY: RuleDocument = { rules: [] };

interface Version {
  readonly version: string;
  readonly hash: string;
  readonly active: boolean;
  readonly published_at: string;
  readonly published_by: string;
}

const InForce = ({ set }: { set: RuleSet }) => {
  const checked = useQuery<Checked, Error>({
    queryKey: ['rules', 'validate', set.hash],
    queryFn: () => sendJson('POST', '/v1/rules/validate', set.document),
    retry: false,
  });
  const warnings = checked.data?.warnings ?? [];
  return (
    <Card title={`In force: ${set.version}`}>
      <div className="space-y-3">
        {checked.data !== undefined &&
          (warnings.length === 0 ? (
            <p>
              <Badge tone="allow">no rule is shadowed</Badge>{' '}
              <span className="text-soft">each can be the first that matches</span>
            </p>
          ) : (
            <Notice tone="hold">
              <p className="font-medium">Some rules can never answer:</p>
              <ul className="list-inside list-disc">
                {warnings.map((warning) => (
                  <li key={warning}>{warning}</li>
                ))}
              </ul>
            </Notice>
          ))}
        <Table
          caption="Rules in their order; the first that matches answers"
          columns={[
            { head: 'Rule', cell: ({ rule_id }: Rule) => <code className="font-medium">{rule_id}</code> },
            {
              head: 'Matches',
              className: 'min-w-64',
              cell: ({ match }) => (
                <ul>
                  {Object.entries(match).map(([name, value]) => (
                    <li key={name}>
                      <span className="text-soft">{name}</span> <code className="wrap-anywhere">{said(value)}</code>
                    </li>
                  ))}
                </ul>
              ),
            },
            {
              head: 'Workers, best first',
              cell: ({ decision }) => (
                <code>
                  {(decision.candidate_workers_ranked ?? []).map((one) => one.worker_species_id).join(', ') || 'none'}
                </code>
              ),
            },
            {
              head: 'Controls',
              cell: ({ decision }) => (
                <code className="text-soft">{(decision.required_controls_suggested ?? []).join(', ') || '—'}</code>
              ),
            },
          ]}
          rows={set.document.rules}
          rowKey={({ rule_id }) => rule_id}
        />
      </div>
    </Card>
  );
};

const Versions = () => {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<string | null>(null);
  const query = useQuery<{ readonly versions: readonly Version[] }, Error>({
    queryKey: ['rules', 'versions'],
    queryFn: ({ signal }) => getJson('/v1/rules/versions', {}, signal),
  });
  const back = useMutation({
    mutationFn: (version: string) => sendJson('POST', '/v1/rules/rollback', { version }),
    onSettled: () => {
      setAsked(null);
      return queries.invalidateQueries({ queryKey: ['rules'] });
    },
  });
  return (
    <Card title="Versions">
      <Loaded query={query} what="versions">
        {({ versions }) => (
          <div className="space-y-3">
            {back.error !== null && <Failed error={back.error} />}
            <Table
              caption="Versions of the rules"
              columns={[
                {
                  head: 'Version',
                  cell: ({ version, active }: Version) => (
                    <>
                      {version} {active && <Badge tone="allow">in force</Badge>}
                    </>
                  ),
                },
                { head: 'Published', cell: ({ published_at }) => <Time at={published_at} /> },
                { head: 'By', cell: ({ published_by }) => <code className="wrap-anywhere">{published_by}</code> },
                {
                  head: 'Act',
                  cell: ({ version, active }) =>
                    active ? (
                      '—'
                    ) : asked === version ? (
                      <Button kind="danger" busy={back.isPending} onClick={() => back.mutate(version)}>
                        Yes, put it in force again
                      </Button>
                    ) : (
                      <Button needs="policy:write" onClick={() => setAsked(version)}>
                        Roll back …
                      </Button>
                    ),
                },
              ]}
              rows={versions}
              rowKey={({ version }) => version}
            />
          </div>
        )}
      </Loaded>
    </Card>
  );
};

export const RulesPage = () => {
  const query = useQuery<RuleSet | null, Error>({
    queryKey: ['rules'],
    queryFn: ({ signal }) => getJson('/v1/rules', {}, signal),
  });
  return (
    <Page
      title="Rules"
      changes="policy:write"
      lead="Which worker may be chosen for a capability. The first rule that matches answers; no rule, no dispatch."
    >
      <Loaded query={query} what="rules">
        {(set) => (
          <>
            {set === null ? (
              <Empty title="No rules are in force">Every question is denied until some are published.</Empty>
            ) : (
              <InForce set={set} />
            )}
            <Change key={set?.hash} document={set?.document ?? EMPTY} />
            <Versions />
          </>
        )}
      </Loaded>
    </Page>
  );
};
