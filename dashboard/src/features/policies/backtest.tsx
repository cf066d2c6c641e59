/** The past decided again under the text in the editor: page by page, with totals that run on, until it is through. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { csv, download } from '../../ui/download.ts';
import { Field, Select } from '../../ui/field.tsx';
import { Figures } from '../../ui/stat.tsx';
import { Empty, Failed, Notice } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import type { Draft } from './draft.ts';
import type { BacktestPage, Changed } from './types.ts';

const RANGES = {
  '1': 'the last hour',
  '24': 'the last day',
  '168': 'the last week',
  '720': 'the last 30 days',
  '0': 'all of it',
};
/** Differences that are kept on the page; the totals count them all. */
const MOST_SHOWN = 1_000;

interface Run {
  readonly page: BacktestPage;
  readonly changes: readonly Changed[];
  readonly isStopped: boolean;
}

export const ChangedTable = ({ caption, changes }: { caption: string; changes: readonly Changed[] }) => (
  <Table
    caption={caption}
    columns={[
      {
        head: 'Decision',
        cell: ({ job_id }: Changed) => (
          <Link
            to="/app/decisions/$decisionId"
            params={{ decisionId: job_id }}
            className="wrap-anywhere font-mono text-[0.92em] underline"
          >
            {job_id}
          </Link>
        ),
      },
      { head: 'It said', cell: ({ original_decision }) => original_decision.toLowerCase().replaceAll('_', ' ') },
      { head: 'Would say', cell: ({ new_decision }) => new_decision.toLowerCase().replaceAll('_', ' ') },
      {
        head: 'That is',
        cell: ({ direction }) => (
          <Badge tone={direction === 'relaxed' ? 'hold' : direction === 'escalated' ? 'deny' : 'plain'}>
            {direction === 'relaxed' ? 'looser' : direction === 'escalated' ? 'stricter' : direction}
          </Badge>
        ),
      },
    ]}
    rows={changes}
    rowKey={({ job_id }) => job_id}
  />
);

const Progress = ({ run }: { run: Run }) => {
  const { percent, scanned, of } = run.page.progress;
  return (
    <div className="space-y-1">
      <progress className="h-2 w-full accent-accent" max={100} value={percent} aria-label="How far the backtest is" />
      <p role="status" className="text-xs text-soft">
        {run.page.done ? 'Through' : run.isStopped ? 'Stopped' : 'Under way'}: {scanned} of {of} entries looked at
      </p>
    </div>
  );
};

export const BacktestTab = ({ draft }: { draft: Draft }) => {
  const [hours, setHours] = useState('168');
  const [run, setRun] = useState<Run | null>(null);
  const stop = useRef(false);
  const start = useMutation({
    mutationFn: async () => {
      stop.current = false;
      setRun(null);
      const since = Number(hours);
      const range = since === 0 ? {} : { from: new Date(Date.now() - since * 3_600_000).toISOString() };
      let changes: readonly Changed[] = [];
      for (let cursor: string | null = null; ; ) {
        const page: BacktestPage = await sendJson<BacktestPage>('POST', '/v1/policies/backtest', {
          ...range,
          content: draft.text,
          bundle_id: draft.bundleId,
          ...(cursor === null ? {} : { cursor }),
        });
        changes = [...changes, ...page.changes].slice(0, MOST_SHOWN);
        setRun({ page, changes, isStopped: stop.current });
        cursor = page.next_cursor;
        if (page.done || cursor === null || stop.current) return;
      }
    },
  });
  const totals = run?.page.totals;
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-end gap-3">
        <Field label="Decide again">
          <Select value={hours} onChange={({ target }) => setHours(target.value)}>
            {Object.entries(RANGES).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        <Button kind="primary" busy={start.isPending} onClick={() => start.mutate()}>
          Run the backtest
        </Button>
        {start.isPending && (
          <Button
            onClick={() => {
              stop.current = true;
            }}
          >
            Stop
          </Button>
        )}
      </div>
      <p className="text-soft">
        It is asked with the text in the editor{draft.isChanged ? ', which is not saved' : ''}. Nothing is recorded and
        nothing changes.
      </p>
      {start.error !== null && <Failed error={start.error} />}
      {run !== null && totals !== undefined && (
        <>
          <Progress run={run} />
          <Figures
            figures={[
              { label: 'decisions', value: totals.decisions },
              { label: 'asked a policy', value: totals.asked },
              { label: 'would be blocked', value: totals.would_block, tone: totals.would_block > 0 ? 'deny' : 'ink' },
              { label: 'would be allowed', value: totals.would_allow, tone: totals.would_allow > 0 ? 'hold' : 'ink' },
              { label: 'would wait for a person', value: totals.would_hold },
              { label: 'cannot be known', value: totals.unknown, tone: totals.unknown > 0 ? 'fault' : 'ink' },
            ]}
          />
          {run.changes.length === 0 ? (
            run.page.done && <Empty title="Every decision would be the same">{totals.unchanged} of them.</Empty>
          ) : (
            <>
              {totals.changed > run.changes.length && (
                <Notice>
                  The first {run.changes.length} of {totals.changed} differences are listed.
                </Notice>
              )}
              <ChangedTable caption="Decisions that would change" changes={run.changes} />
              <Button
                onClick={() =>
                  download(
                    'backtest.csv',
                    'text/csv',
                    csv(
                      ['decision_id', 'original', 'new', 'direction'],
                      run.changes.map((one) => [one.job_id, one.original_decision, one.new_decision, one.direction]),
                    ),
                  )
                }
              >
                Export CSV
              </Button>
            </>
          )}
        </>
      )}
    </div>
  );
};
