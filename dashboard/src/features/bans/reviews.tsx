/** What tenants reported, for the operator to confirm (which bans it everywhere) or to dismiss. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { getJson, sendJson } from '../../api/http.ts';
import { operatorHeaders } from '../../session/operator.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Select, TextArea } from '../../ui/field.tsx';
import { Empty, Failed, Loading, Notice } from '../../ui/states.tsx';
import { Card, Mono, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Badge } from '../../ui/verdict.tsx';

interface Report {
  readonly report_id: string;
  readonly tenant: string;
  readonly sha256: string;
  readonly reason: string;
  readonly evidence_url: string | null;
  readonly reported_at: string;
  readonly review_status: string;
}

interface ReportPage {
  readonly reports: readonly Report[];
  readonly next_cursor: string | null;
}

interface Word {
  readonly report: Report;
  readonly verb: 'confirm' | 'dismiss';
}

const ReviewDialog = ({ word, onClose }: { word: Word | null; onClose: () => void }) => {
  const queries = useQueryClient();
  const say = useMutation({
    mutationFn: ({ report, verb, reason }: Word & { readonly reason: string }) =>
      sendJson(
        'POST',
        `/v1/network/reports/${encodeURIComponent(report.report_id)}/${verb}`,
        reason === '' ? {} : { reason },
        operatorHeaders(),
      ),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries();
    },
  });
  const isBan = word?.verb === 'confirm';
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (word === null) return;
    say.mutate({ ...word, reason: String(new FormData(event.currentTarget).get('reason') ?? '').trim() });
  };
  return (
    <Dialog
      open={word !== null}
      onClose={() => {
        say.reset();
        onClose();
      }}
      title={isBan ? 'Confirm: ban this code in every Hall' : 'Dismiss this report'}
      description={word === null ? '' : `${word.report.sha256}: ${word.report.reason}`}
    >
      <form onSubmit={submit} className="space-y-4">
        <Field
          label={isBan ? 'Reason for everybody to read (optional)' : 'Reason'}
          hint={
            isBan ? 'Else that of the report. Who reported it stays unsaid.' : 'Kept in the network’s public ledger.'
          }
        >
          <TextArea name="reason" rows={3} maxLength={1000} required={!isBan} />
        </Field>
        {say.isPending && isBan && <Notice>Spreading to every Hall; it takes one lease at the most …</Notice>}
        {say.error !== null && <Failed error={say.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" kind={isBan ? 'danger' : 'primary'} busy={say.isPending}>
            {isBan ? 'Ban everywhere' : 'Dismiss'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

export const Reviews = () => {
  const [status, setStatus] = useState('pending');
  const [word, setWord] = useState<Word | null>(null);
  const query = useInfiniteQuery({
    queryKey: ['reports', status],
    queryFn: ({ pageParam, signal }) =>
      getJson<ReportPage>('/v1/network/reports', { status, cursor: pageParam }, signal, operatorHeaders()),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }: ReportPage) => next_cursor,
  });
  const reports = query.data?.pages.flatMap((page) => page.reports) ?? [];
  return (
    <Card title="Reports">
      <div className="space-y-3">
        <div className="max-w-60">
          <Field label="Show">
            <Select value={status} onChange={({ target }) => setStatus(target.value)}>
              <option value="pending">what waits for review</option>
              <option value="all">all reports</option>
            </Select>
          </Field>
        </div>
        {query.data === undefined ? (
          query.error === null ? (
            <Loading what="reports" />
          ) : (
            <Failed error={query.error} retry={() => void query.refetch()} />
          )
        ) : reports.length === 0 ? (
          <Empty title={status === 'pending' ? 'Nothing waits for review' : 'Nobody reported anything'} />
        ) : (
          <Table
            caption="Reports"
            columns={[
              { head: 'Code', cell: ({ sha256 }: Report) => <Mono>{sha256}</Mono>, className: 'min-w-40' },
              { head: 'Reason', cell: ({ reason }) => reason, className: 'min-w-40' },
              { head: 'By', cell: ({ tenant }) => tenant },
              { head: 'When', cell: ({ reported_at }) => <Time at={reported_at} /> },
              {
                head: 'Review',
                cell: (report) =>
                  report.review_status === 'pending' ? (
                    <div className="flex gap-2">
                      <Button kind="danger" onClick={() => setWord({ report, verb: 'confirm' })}>
                        Confirm …
                      </Button>
                      <Button onClick={() => setWord({ report, verb: 'dismiss' })}>Dismiss …</Button>
                    </div>
                  ) : (
                    <Badge tone={report.review_status === 'confirmed' ? 'deny' : 'plain'}>{report.review_status}</Badge>
                  ),
              },
            ]}
            rows={reports}
            rowKey={({ report_id }) => report_id}
          />
        )}
        {query.hasNextPage && (
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Older
          </Button>
        )}
      </div>
      <ReviewDialog word={word} onClose={() => setWord(null)} />
    </Card>
  );
};
