/** The floors of this Hall, what it waits for, and the switch that stops it. Floors only add; nothing lowers one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Settings } from '../../../../src/core/hall/settings.ts';
import { getJson, sendJson } from '../../api/http.ts';
import type { Health } from '../../api/types.ts';
import { useSession } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Failed, Loaded, Notice } from '../../ui/states.tsx';
import { Card, Facts, Mono, Page } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { DEMAND_WORDS } from '../profiles/words.ts';

interface Answer {
  readonly settings: Settings;
  readonly hash: string;
}

const FLOORS = [
  'enforce_correlation_id',
  'enforce_required_controls',
  'enforce_blast_scoring_in_prod',
  'require_signatory',
  'require_credential',
  'require_worker_attestation',
  'enforce_privilege_envelopes',
  'strict',
] as const;
type Switch = (typeof FLOORS)[number] | 'policy_second_person';

const WAITS = [
  ['attestation_ttl_s', 'A report of running code counts for', 'Then a worker has to say again what it runs.'],
  ['heartbeat_ttl_s', 'A worker without a heartbeat is offline after', ''],
  ['approval_ttl_s', 'A question waits for a person at most', 'Then it is denied, and called expired.'],
  ['outcome_deadline_s', 'An outcome is missing after', 'Then the dispatch is closed as never answered.'],
] as const;

const useChange = () => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (patch: Partial<Settings>) => sendJson('PATCH', '/v1/settings', patch),
    onSettled: () => queries.invalidateQueries(),
  });
};

interface Lowered {
  readonly name: Switch;
  readonly words: string;
}

const Floors = ({ settings }: { settings: Settings }) => {
  const change = useChange();
  const [lowering, setLowering] = useState<Lowered | null>(null);
  const floors: readonly (readonly [name: Switch, words: string])[] = [
    ...FLOORS.map((name) => [name, DEMAND_WORDS[name]] as const),
    ['policy_second_person', 'Whoever saved a policy does not publish it'],
  ];
  return (
    <Card title="Floors">
      <div className="space-y-3">
        <ul className="divide-y divide-line">
          {floors.map(([name, words]) => {
            const isOn = settings[name] === true;
            return (
              <li key={name} className="flex flex-wrap items-center justify-between gap-3 py-2">
                <span>
                  {words} <code className="block text-xs text-soft">{name}</code>
                </span>
                <span className="flex items-center gap-3">
                  <Badge tone={isOn ? 'allow' : 'plain'}>{isOn ? 'on' : 'off'}</Badge>
                  <Button
                    needs="hall:admin"
                    aria-label={`${isOn ? 'Switch off' : 'Switch on'}: ${words}`}
                    busy={change.isPending && change.variables[name] !== undefined}
                    onClick={() => (isOn ? setLowering({ name, words }) : change.mutate({ [name]: true }))}
                  >
                    {isOn ? 'Switch off …' : 'Switch on'}
                  </Button>
                </span>
              </li>
            );
          })}
        </ul>
        {change.error !== null && lowering === null && <Failed error={change.error} />}
        <p className="text-xs text-soft">
          Profiles may switch on more than this, in all environments or in some:{' '}
          <Link to="/app/profiles" className="underline">
            what holds now
          </Link>
          .
        </p>
      </div>
      <Dialog
        open={lowering !== null}
        onClose={() => setLowering(null)}
        title="Switch this floor off"
        description={`${lowering?.words ?? ''}: from the next decision on it is not asked for any more, unless a profile demands it.`}
      >
        <div className="space-y-4">
          {change.error !== null && <Failed error={change.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setLowering(null)}>Leave it on</Button>
            <Button
              kind="danger"
              busy={change.isPending}
              onClick={() =>
                lowering !== null && change.mutate({ [lowering.name]: false }, { onSuccess: () => setLowering(null) })
              }
            >
              Switch off
            </Button>
          </div>
        </div>
      </Dialog>
    </Card>
  );
};

const Waits = ({ settings }: { settings: Settings }) => {
  const change = useChange();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    change.mutate(Object.fromEntries(WAITS.map(([name]) => [name, Number(data.get(name))])));
  };
  return (
    <Card title="How long is waited">
      <form onSubmit={submit} className="space-y-3">
        <div className="grid gap-3 sm:grid-cols-2">
          {WAITS.map(([name, label, hint]) => (
            <Field key={name} label={`${label} (seconds)`} hint={hint === '' ? undefined : hint}>
              <Input name={name} type="number" min={1} max={31_536_000} required defaultValue={settings[name]} />
            </Field>
          ))}
        </div>
        {change.error !== null && <Failed error={change.error} />}
        {change.isSuccess && <Notice tone="allow">Kept. It holds from the next decision.</Notice>}
        <Button type="submit" kind="primary" needs="hall:admin" busy={change.isPending}>
          Keep
        </Button>
      </form>
    </Card>
  );
};

/** The kill switch: everything is denied, and what was granted does not start. */
const Danger = () => {
  const queries = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const health = useQuery<Health, Error>({
    queryKey: ['health'],
    queryFn: ({ signal }) => getJson('/wcp/health', {}, signal),
  });
  const flip = useMutation({
    mutationFn: (to: 'online' | 'offline') => sendJson('POST', `/api/server/go-${to}`, {}),
    onSuccess: () => setIsAsking(false),
    onSettled: () => queries.invalidateQueries({ queryKey: ['health'] }),
  });
  return (
    <Card title="Danger zone">
      <Loaded query={health} what="whether the Hall is open">
        {({ online }) => (
          <div className="space-y-3">
            <div className="flex flex-wrap items-center justify-between gap-3">
              <p>
                <Badge tone={online ? 'allow' : 'deny'}>{online ? 'the Hall is open' : 'the Hall is stopped'}</Badge>{' '}
                <span className="text-soft">
                  Stopped, every question is denied and nothing that was granted starts.
                </span>
              </p>
              {online ? (
                <Button kind="danger" needs="hall:admin" onClick={() => setIsAsking(true)}>
                  Stop everything …
                </Button>
              ) : (
                <Button kind="primary" needs="hall:admin" busy={flip.isPending} onClick={() => flip.mutate('online')}>
                  Open the Hall again
                </Button>
              )}
            </div>
            {flip.error !== null && !isAsking && <Failed error={flip.error} />}
            <p className="text-soft">
              Ending a tenant (closed, archived with a proof, erased) is asked of the operator of the service; its name
              is never given again.
            </p>
          </div>
        )}
      </Loaded>
      <Dialog
        open={isAsking}
        onClose={() => setIsAsking(false)}
        title="Stop everything"
        description="From the next question on everything is denied, with a receipt each. Work that was granted and has not started does not start."
      >
        <div className="space-y-4">
          {flip.error !== null && <Failed error={flip.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setIsAsking(false)}>Keep it open</Button>
            <Button kind="danger" busy={flip.isPending} onClick={() => flip.mutate('offline')}>
              Stop everything
            </Button>
          </div>
        </div>
      </Dialog>
    </Card>
  );
};

const Place = ({ hash }: { hash: string }) => {
  const tenant = useSession()?.tenant ?? '';
  const place = /^(eu|fedramp)--/.exec(tenant)?.[1];
  return (
    <Card title="Where and how long">
      <Facts
        rows={[
          ['Tenant', <Mono key="tenant">{tenant}</Mono>],
          [
            'Residency',
            place === undefined
              ? 'no jurisdiction was asked for when it was made; one cannot be added later'
              : `its object lives and stays in ${place}`,
          ],
          ['Retention', 'the ledger is kept for as long as the tenant is; a profile may say for how long at least'],
          ['Settings in force', <Mono key="hash">{hash}</Mono>],
        ]}
      />
    </Card>
  );
};

export const SettingsPage = () => {
  const query = useQuery<Answer, Error>({
    queryKey: ['settings'],
    queryFn: ({ signal }) => getJson('/v1/settings', {}, signal),
  });
  return (
    <Page
      title="Settings"
      changes="hall:admin"
      lead="What every decision of this Hall asks for, whatever a rule or a caller says. Each change is an entry of the ledger."
    >
      <Loaded query={query} what="settings">
        {({ settings, hash }) => (
          <>
            <Floors settings={settings} />
            <Waits key={hash} settings={settings} />
            <Place hash={hash} />
            <Danger />
          </>
        )}
      </Loaded>
    </Page>
  );
};
