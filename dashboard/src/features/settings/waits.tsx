/** How long this Hall waits, in its own words and in seconds. */
import type { FormEvent } from 'react';
import type { Settings } from '../../../../src/core/hall/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Failed, Notice } from '../../ui/states.tsx';
import { Card } from '../../ui/table.tsx';
import type { Change } from './change.ts';

const WAITS = [
  ['attestation_ttl_s', 'A report of running code counts for', 'Then a worker has to say again what it runs.'],
  ['heartbeat_ttl_s', 'A worker without a heartbeat is offline after', undefined],
  ['approval_ttl_s', 'A question waits for a person at most', 'Then it is denied, and called expired.'],
  ['outcome_deadline_s', 'An outcome is missing after', 'Then the dispatch is closed as never answered.'],
] as const;

export const Waits = ({ settings, change }: { settings: Settings; change: Change }) => {
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
            <Field key={name} label={`${label} (seconds)`} hint={hint}>
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
