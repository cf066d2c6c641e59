/** What an endpoint was told: every attempt with what came of it, and the message again for whoever mended something. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { Empty, Failed, Loaded } from '../../ui/states.tsx';
import { Card, type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { type Delivery, deliveriesOf, pathOf } from './queries.ts';
import { DeliveryStatus, outcomeOf } from './status.tsx';

const COLUMNS: readonly Column<Delivery>[] = [
  {
    head: 'Event',
    cell: ({ event, seq, message_id }) => (
      <>
        <code className="font-medium">{event}</code>
        <div className="text-xs text-soft">entry {seq}</div>
        <div className="wrap-anywhere text-xs text-soft">{message_id}</div>
      </>
    ),
    className: 'min-w-48',
  },
  { head: 'Status', cell: ({ status }) => <DeliveryStatus status={status} /> },
  {
    head: 'Attempts',
    cell: ({ tries, attempts }) =>
      tries.length === 0 ? (
        <span className="text-soft">{attempts === 0 ? 'none yet' : 'one is under way'}</span>
      ) : (
        <ol className="space-y-0.5">
          {tries.map((one) => (
            <li key={one.at} className="whitespace-nowrap">
              <code>{outcomeOf(one)}</code> in {one.latency_ms} ms, <Time at={one.at} />
            </li>
          ))}
        </ol>
      ),
  },
  {
    head: 'Next',
    cell: ({ next_attempt_at: next }) => (next === null ? <span className="text-soft">—</span> : <Time at={next} />),
  },
];

export const Deliveries = ({ webhookId, canReplay }: { webhookId: string; canReplay: boolean }) => {
  const queries = useQueryClient();
  const [status, setStatus] = useState('');
  const query = useQuery(deliveriesOf(webhookId, status));
  const replay = useMutation({
    mutationFn: ({ seq }: Delivery) => sendJson('POST', `${pathOf(webhookId)}/replay`, { seq }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks', webhookId] }),
  });
  const again: Column<Delivery> = {
    head: 'Again',
    cell: (delivery) => (
      <Button
        aria-label={`Send again: entry ${delivery.seq}`}
        busy={replay.isPending && replay.variables.seq === delivery.seq}
        onClick={() => replay.mutate(delivery)}
      >
        Send again
      </Button>
    ),
  };
  return (
    <Card title="What it was told">
      <div className="space-y-4">
        <div className="max-w-56">
          <Field label="Show">
            <Select value={status} onChange={({ target }) => setStatus(target.value)}>
              <option value="">all</option>
              <option value="pending">under way</option>
              <option value="delivered">delivered</option>
              <option value="failed">given up</option>
            </Select>
          </Field>
        </div>
        {replay.error !== null && <Failed error={replay.error} />}
        <Loaded query={query} what="deliveries">
          {({ deliveries }) =>
            deliveries.length === 0 ? (
              <Empty title="Nothing here">
                Messages show up by themselves as the ledger grows. “Send a test” makes one now.
              </Empty>
            ) : (
              <Table
                caption="Deliveries, newest first"
                columns={canReplay ? [...COLUMNS, again] : COLUMNS}
                rows={deliveries}
                rowKey={({ seq }) => String(seq)}
              />
            )
          }
        </Loaded>
      </div>
    </Card>
  );
};
