/** One worker: what it is trusted with and why, what its code is attested as, and the ways to stop it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { getJson, sendJson } from '../../api/http.ts';
import type { WorkerSummary } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed, Loaded, Notice } from '../../ui/states.tsx';
import { Card, Facts, Mono, Page } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { WorkerStatus } from './status.tsx';

interface WorkerRecord {
  readonly blast_radius?: Readonly<Record<string, number>>;
  readonly privilege_envelope?: {
    readonly secrets_access?: readonly string[];
    readonly network_egress?: unknown;
    readonly filesystem_writes?: readonly string[];
    readonly tools?: readonly string[];
  };
  readonly required_controls?: readonly string[];
  readonly owner?: string;
  readonly contact?: string;
  readonly idempotency?: string;
  readonly determinism?: string;
}

interface Worker extends WorkerSummary {
  readonly record: WorkerRecord;
  readonly attestation: Readonly<Record<string, unknown>> | null;
}

const said = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const some = (items: readonly string[] | undefined): string =>
  items === undefined || items.length === 0 ? 'none' : items.join(', ');

const Retire = ({ workerId }: { workerId: string }) => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const retire = useMutation({
    mutationFn: () => sendJson('DELETE', `/v1/workers/${encodeURIComponent(workerId)}`),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['workers', 'list'] });
      await navigate({ to: '/app/workers' });
    },
  });
  return (
    <>
      <Button needs="hall:enroll" onClick={() => setIsAsking(true)}>
        Retire …
      </Button>
      <Dialog
        open={isAsking}
        onClose={() => setIsAsking(false)}
        title={`Retire ${workerId}`}
        description="It is never dispatched again under this enrolment. To stop a worker for what it did, ban it."
      >
        <div className="space-y-4">
          {retire.error !== null && <Failed error={retire.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setIsAsking(false)}>Keep it</Button>
            <Button kind="danger" busy={retire.isPending} onClick={() => retire.mutate()}>
              Retire
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
};

const Attestation = ({ attestation }: Pick<Worker, 'attestation'>) => (
  <Card title="Attested code">
    {attestation === null ? (
      <p className="text-soft">
        Nothing is registered for it. Where attestation is demanded, it is not dispatched before somebody does.
      </p>
    ) : (
      <Facts
        rows={Object.entries(attestation)
          .filter(([, value]) => value !== null && typeof value !== 'object')
          .map(([name, value]) => [name.replaceAll('_', ' '), <Mono key={name}>{String(value)}</Mono>] as const)}
      />
    )}
  </Card>
);

const Shown = ({ worker }: { worker: Worker }) => {
  const { record } = worker;
  const reach = record.privilege_envelope;
  return (
    <>
      {worker.status === 'quarantined' && (
        <Notice tone="deny">
          It is in quarantine: it reported other code than it is attested with. It comes out when it reports the
          attested code again, or the new code is attested.
        </Notice>
      )}
      {worker.status === 'banned' && (
        <Notice tone="deny">
          It is banned, here or in the whole network.{' '}
          <Link to="/app/bans" className="underline">
            See the ban list
          </Link>
        </Notice>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Card title="Safety card">
          <Facts
            rows={[
              ['Status', <WorkerStatus key="status" status={worker.status} />],
              ['Capabilities', <Mono key="capabilities">{some(worker.capabilities)}</Mono>],
              ['Environments', worker.allowed_environments?.join(', ') ?? 'all'],
              ['Risk', worker.risk_tier],
              ['Declares controls', <Mono key="controls">{some(worker.currently_implements)}</Mono>],
              ['Needs controls', <Mono key="needs">{some(record.required_controls)}</Mono>],
              ['May be run twice', record.idempotency ?? 'not said'],
              ['Last seen', <Time key="seen" at={worker.last_seen} />],
              ['Enrolled', <Time key="enrolled" at={worker.enrolled_at} />],
              ['Owner', `${record.owner ?? 'not said'}${record.contact === undefined ? '' : `, ${record.contact}`}`],
            ]}
          />
          <p className="mt-3 text-xs text-soft">
            Its owner declares this. The Hall checks declarations; only attestation says which code runs.
          </p>
        </Card>
        <Card title={`Blast radius: ${worker.blast_sum ?? '—'} of 25`}>
          <Facts
            rows={Object.entries(record.blast_radius ?? {}).map(([name, value]) => [name, `${value} of 5`] as const)}
          />
        </Card>
        <Card title="What it may reach">
          <Facts
            rows={[
              ['Network', said(reach?.network_egress ?? 'not said')],
              ['Secrets', some(reach?.secrets_access)],
              ['Writes files', some(reach?.filesystem_writes)],
              ['Tools', some(reach?.tools)],
            ]}
          />
        </Card>
        <Attestation attestation={worker.attestation} />
      </div>
      <details className="rounded-lg border border-line bg-surface">
        <summary className="cursor-pointer px-4 py-2.5 font-semibold">The record, as it was sent</summary>
        <pre className="overflow-x-auto whitespace-pre-wrap break-all border-t border-line p-4">
          {JSON.stringify(record, null, 2)}
        </pre>
      </details>
    </>
  );
};

export const WorkerPage = () => {
  const { workerId } = useParams({ from: '/app/workers/$workerId' });
  const navigate = useNavigate();
  const query = useQuery<Worker, Error>({
    queryKey: ['workers', 'one', workerId],
    queryFn: ({ signal }) => getJson(`/v1/workers/${encodeURIComponent(workerId)}`, {}, signal),
  });
  return (
    <Page
      title={workerId}
      changes="hall:enroll"
      lead={query.data?.worker_species_id ?? 'A worker'}
      action={
        <div className="flex flex-wrap gap-2">
          <Link
            to="/app/decisions"
            search={{ worker_id: workerId }}
            className="inline-flex min-h-8 items-center rounded-md border border-line bg-surface px-3 py-1.5 font-medium hover:bg-raised"
          >
            Its decisions
          </Link>
          <Retire workerId={workerId} />
          <Button
            kind="danger"
            needs="hall:admin"
            onClick={() => void navigate({ to: '/app/bans', search: { ban: workerId } })}
          >
            Ban this worker
          </Button>
        </div>
      }
    >
      <Loaded query={query} what="this worker">
        {(worker) => <Shown worker={worker} />}
      </Loaded>
    </Page>
  );
};
